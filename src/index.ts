/** @file The library: everything the command line does, under the same names, and the engine below it. */
export { type Adapter, decodeAdapter, encodeAdapter } from './adapter/adapter.js';
export { applyAdapter } from './adapter/apply.js';
export { createPredictor, type Predictor, type PredictorOptions } from './adapter/predict.js';
export {
  createLoader,
  type Dataset,
  type DatasetOptions,
  type DescribedDataset,
  type DicomOptions,
  decodeImage,
  describeDatasets,
  type Loader,
  type LoaderOptions,
  readDataset,
  type Sample,
} from './data/index.js';
export { TransfuseError } from './errors.js';
export { type DrawOptions, drawHeatmap, type Picture } from './explain/draw.js';
export {
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Explanation,
} from './explain/explainer.js';
export type { Heatmap } from './explain/maps.js';
export { differentiate } from './graph/differentiate.js';
export { Graph, type Node, type Parameter, type Value } from './graph/graph.js';
export type { BuildOptions, BuiltNetwork, Network, ParameterInfo } from './graph/network.js';
export { defineOperator, type Operator } from './graph/operator.js';
export { type Role, roles } from './graph/role.js';
export { float32, int64, type Tensor, type TensorType } from './graph/tensor.js';
export * from './metrics/index.js';
export { type BaseModel, type LoadOptions, loadModel } from './models/catalogue.js';
export { type Classifier, parametersOf } from './models/classifier.js';
export { type Preprocessing, parsePreprocessing, preprocessings } from './models/preprocessing.js';
export { fetchWeights, officialWeights } from './models/sources-cache.js';
export { type ListedModel, listModels } from './models/sources-list.js';
export { encodeOnnx } from './onnx/encode.js';
export { type FromGraphOptions, onnxFromGraph } from './onnx/from-graph.js';
export { importNetwork } from './onnx/import/index.js';
export type { OnnxModel } from './onnx/model.js';
export { readOnnx } from './onnx/read.js';
export type { About } from './report/card.js';
export { type CardOptions, modelCard } from './runs/card.js';
export { compare, type RunComparison } from './runs/compare.js';
export { type ConfigFile, readConfigFile } from './runs/config-file.js';
export { type EvaluateHooks, evaluate } from './runs/evaluate.js';
export { exportModel } from './runs/export.js';
export type { HeatmapFiles } from './runs/heatmaps.js';
export { type OpenRun, openRun } from './runs/open.js';
export {
  type CompareOptions,
  type EvaluateOptions,
  type ExportOptions,
  type PredictOptions,
  parseTrainOptions,
  type TrainOptions,
  type TrainOptionsInput,
} from './runs/options.js';
export type { Plan } from './runs/plan.js';
export { type Prediction, type PredictResult, predict } from './runs/predict.js';
export { type TrainHooks, type TrainResult, train } from './runs/train.js';
export { chooseDevice } from './runtime/choose-device.js';
export { type Device, type DeviceChoice, devices } from './runtime/device.js';
export { type LaneModel, type LaneOptions, type Lanes, startLanes } from './runtime/lanes.js';
export { createSession, type Session, type SessionOptions } from './runtime/session.js';
export type { Cell } from './study/cells.js';
export { type CellFailure, type CellResult, readFailures, readResults } from './study/results.js';
export { type RunStudyOptions, type RunStudyOutcome, runStudy, type StudyHooks } from './study/run-study.js';
export { type StudyStatus, statusOf } from './study/status.js';
export { openStudy, type Study } from './study/study.js';
export type { Task } from './task.js';
export { type AdaptOptions, adapt } from './training/adapt.js';
export type { FitHooks, FitOptions, FitResult } from './training/loop.js';
export {
  type AdaptationName,
  type Method,
  type MethodName,
  methods,
  type Phase,
  resolveMethod,
  roleGroups,
} from './training/methods.js';
export { fit } from './training/trainer.js';
export { version } from './version.js';
