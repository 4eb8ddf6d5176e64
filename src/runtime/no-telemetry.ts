/**
 * @file Keeps ONNX Runtime silent, and must be loaded before it: its official builds otherwise note what runs, under
 * an id of the machine, in a database in the user's cache folder, and send that to its makers. It reads the
 * environment of the process, which only the main thread can change; so whoever starts a thread loads this, too.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
