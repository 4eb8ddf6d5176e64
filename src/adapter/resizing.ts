/** @file Puts resizing in front of a model, so that it takes images of any size as the data room would hand them over. */
import { internal } from '../errors.js';
import { int, ints, type OnnxAttributes, text } from '../graph/onnx-form.js';
import { int64 } from '../graph/tensor.js';
import { elementTypes } from '../onnx/element-types.js';
import { type OnnxModel, type OnnxNode, sameAttributes } from '../onnx/model.js';

const toPlanes = { perm: ints([0, 3, 1, 2]) };

/**
 * Does what the data room's `resizeBilinear` does, to the bit: bilinear with half-pixel centres, not antialiased,
 * rounded half to even. It is done on planes, for only there does ONNX Runtime take the same steps whatever the size.
 * @param model one whose only input is float32 [N,H,W,3], all sizes fixed, and goes into a Transpose to planes
 * @param image name and element type of the new input [N,height,width,3]
 */
export function withResizing(
  model: OnnxModel,
  image: { readonly name: string; readonly dtype: 'uint8' | 'float32' },
): OnnxModel {
  const { graph } = model;
  const [{ name: pixels, shape }] = graph.inputs;
  const [batch, height, width] = shape as readonly number[];
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(pixels));
  const [transpose] = readers;
  if (readers.length !== 1 || !sameAttributes(transpose!.attributes, toPlanes)) {
    throw internal(
      `${pixels} should go into one Transpose to planes, not ${readers.map(({ name }) => name)}`,
    );
  }
  // All four sizes are given, not only two by `axes`: ONNX Runtime 1.30 confuses those when it moves transposes about.
  const nodes = [
    node('Cast', [image.name], 'transfuse.float', { to: int(elementTypes.float32) }),
    node('Transpose', ['transfuse.float'], 'transfuse.planes', toPlanes),
    node('Resize', ['transfuse.planes', '', '', 'transfuse.size'], 'transfuse.resized', {
      mode: text('linear'),
      coordinate_transformation_mode: text('half_pixel'),
    }),
    node('Round', ['transfuse.resized'], transpose!.outputs[0]!),
  ];
  const rest = graph.nodes.filter((other) => other !== transpose);
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...nodes, ...rest],
      initializers: new Map([['transfuse.size', int64([batch, 3, height, width])], ...graph.initializers]),
      inputs: [
        { name: image.name, elementType: elementTypes[image.dtype], shape: [batch, 'height', 'width', 3] },
      ],
    },
  };
}

function node(opType: string, inputs: string[], output: string, attributes: OnnxAttributes = {}): OnnxNode {
  return { name: `${opType}:${output}`, opType, domain: '', inputs, outputs: [output], attributes };
}
