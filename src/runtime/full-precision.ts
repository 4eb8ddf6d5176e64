/**
 * @file Lets NVIDIA's libraries compute in float32 as everything else does, not in TF32, which keeps 10 of its 23 bits.
 * They read the environment when they are loaded. Who would rather be faster sets the variable to 1.
 */
process.env.NVIDIA_TF32_OVERRIDE ??= '0';
