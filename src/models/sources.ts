/** @file Where the official weights of each architecture are published, as Keras and torchvision themselves fetch them. */
import type { Checksum } from '../weights/checksum.js';

export interface Source {
  readonly url: string;
  /** About how large, where that is known; bytes. */
  readonly bytes?: number;
  /** Absent where none is published. */
  readonly checksum?: Checksum;
  /** Of the weights, as their publishers state it. */
  readonly licence: string;
}

const KERAS = 'https://storage.googleapis.com/tensorflow/keras-applications';
const KERAS_EFFICIENTNET = 'https://storage.googleapis.com/keras-applications';
const TORCHVISION = 'https://download.pytorch.org/models';

const TF = 'weights_tf_dim_ordering_tf_kernels';

/** Keras publishes the MD5 of most files with its code. */
const keras = (file: string, bytes?: number, md5?: string, licence = 'Apache-2.0'): Source => ({
  url: `${file.includes('/') ? KERAS : KERAS_EFFICIENTNET}/${file}`,
  bytes,
  checksum: md5 === undefined ? undefined : { algorithm: 'md5', hex: md5 },
  licence,
});

/** torchvision's file names end in the first eight digits of their SHA-256. */
const torchvision = (file: string, bytes: number): Source => ({
  url: `${TORCHVISION}/${file}`,
  bytes,
  checksum: { algorithm: 'sha256', hex: /-([0-9a-f]{8})\.pth$/.exec(file)![1]! },
  licence: 'BSD-3-Clause',
});

const BSD = 'BSD-3-Clause';

/** By the architecture's name. */
export const sources: Readonly<Record<string, Source>> = {
  densenet121: keras(
    `densenet/densenet121_${TF}_notop.h5`,
    29084464,
    '30ee3e1110167f948a6b9946edeeb738',
    BSD,
  ),
  densenet169: keras(
    `densenet/densenet169_${TF}_notop.h5`,
    51877672,
    'b8c4d4c20dd625c148057b9ff1c1176b',
    BSD,
  ),
  'densenet121-torchvision': torchvision('densenet121-a639ec97.pth', 32343000),
  'densenet169-torchvision': torchvision('densenet169-b2777c0a.pth', 57366000),
  resnet50v2: keras(`resnet/resnet50v2_${TF}_notop.h5`, 94668760, 'fac2f116257151a9d068a22e544a4917', BSD),
  resnet18: torchvision('resnet18-f37072fd.pth', 46831000),
  resnet34: torchvision('resnet34-b627a593.pth', 87320000),
  resnet50: torchvision('resnet50-0676ba61.pth', 102530000),
  inceptionv3: keras(
    `inception_v3/inception_v3_${TF}_notop.h5`,
    87910968,
    'bcbd6486424b2319ff4ef7d526e38f63',
  ),
  efficientnetb0: keras('efficientnetb0_notop.h5', 16705208, '50bc09e76180e00e4465e1a485ddc09d'),
  efficientnetb1: keras('efficientnetb1_notop.h5', 27018416, '74c4e6b3e1f6a1eea24c589628592432'),
  efficientnetb2: keras('efficientnetb2_notop.h5', 31790344, '111f8e2ac8aa800a7a99e3239f7bfb39'),
  efficientnetb3: keras('efficientnetb3_notop.h5', 43941136, 'af6d107764bb5b1abb91932881670226'),
  efficientnetb4: keras('efficientnetb4_notop.h5', 71686520, 'ebc24e6d6c33eaebbd558eafbeedf1ba'),
  'efficientnetb0-torchvision': torchvision('efficientnet_b0_rwightman-7f5810bc.pth', 21444000),
  'efficientnetb1-torchvision': torchvision('efficientnet_b1_rwightman-bac287d4.pth', 31598000),
  'efficientnetb2-torchvision': torchvision('efficientnet_b2_rwightman-c35c1473.pth', 36883000),
  'efficientnetb3-torchvision': torchvision('efficientnet_b3_rwightman-b3899882.pth', 49476000),
  'efficientnetb4-torchvision': torchvision('efficientnet_b4_rwightman-23ab8bcd.pth', 78107000),
  mobilenet: keras('mobilenet/mobilenet_1_0_224_tf_no_top.h5', 17225924),
  'mobilenet-0.75': keras('mobilenet/mobilenet_7_5_224_tf_no_top.h5'),
  'mobilenet-0.5': keras('mobilenet/mobilenet_5_0_224_tf_no_top.h5'),
  'mobilenet-0.25': keras('mobilenet/mobilenet_2_5_224_tf_no_top.h5', 2108140),
  mobilenetv2: keras(`mobilenet_v2/mobilenet_v2_${TF}_1.0_224_no_top.h5`, 9406464),
  'mobilenetv2-1.4': keras(`mobilenet_v2/mobilenet_v2_${TF}_1.4_224_no_top.h5`),
  'mobilenetv2-0.5': keras(`mobilenet_v2/mobilenet_v2_${TF}_0.5_224_no_top.h5`),
  'mobilenetv2-0.35': keras(`mobilenet_v2/mobilenet_v2_${TF}_0.35_224_no_top.h5`, 2019640),
  'mobilenetv2-torchvision': torchvision('mobilenet_v2-b0353104.pth', 14213000),
  'mobilenetv3-small': keras(
    'mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5',
    4334752,
    'd3e8ec802a04aa4fc771ee12a9a9b836',
  ),
  'mobilenetv3-large': keras(
    'mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5',
    12683000,
    '07fb09a5933dd0c8eaafa16978110389',
  ),
  'mobilenetv3-small-torchvision': torchvision('mobilenet_v3_small-047dcff4.pth', 10307000),
  'mobilenetv3-large-torchvision': torchvision('mobilenet_v3_large-8738ca79.pth', 22139000),
};
