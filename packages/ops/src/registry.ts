import { ALIASES } from "./aliases.ts";
import { attention, flexAttention, rotaryEmbedding } from "./attention/attention.ts";
import { embedLayerNormalization, quantizedEmbedLayerNormalization } from "./attention/embedding.ts";
import { groupedQueryAttention } from "./attention/grouped-query.ts";
import { multiHeadAttention } from "./attention/multi-head.ts";
import { packedAttention, quantizedAttention } from "./attention/packed-attention.ts";
import { causalConvWithState, linearAttention, swiGlu } from "./attention/state.ts";
import { contribRotaryEmbedding } from "./attention/turn.ts";
import { ifOperator, loop, scan, sequenceMap } from "./control/control-flow.ts";
import { DECOMPOSITIONS } from "./decompose/table.ts";
import { BINARY } from "./elementwise/binary.ts";
import { bitCast, castLike, castOperator } from "./elementwise/cast.ts";
import { biasAdd, biasGelu, biasSplitGelu, fastGelu } from "./elementwise/gelu.ts";
import { clip, where } from "./elementwise/select.ts";
import { UNARY } from "./elementwise/unary.ts";
import { VARIADIC } from "./elementwise/variadic.ts";
import { GRADIENTS } from "./gradient/table.ts";
import { imageDecoder } from "./image/decoder.ts";
import { compress, gather, gatherElements, gatherND, nonZero, oneHot } from "./indexing/gather.ts";
import { scatter, scatterElements, scatterND, tensorScatter } from "./indexing/scatter.ts";
import {
  concat,
  depthToSpace,
  expand,
  reverseSequence,
  spaceToDepth,
  split,
  tile,
  transpose,
  trilu,
} from "./layout/layout.ts";
import { centerCropPad, pad } from "./layout/pad.ts";
import { slice } from "./layout/slice.ts";
import { einsum } from "./linear/einsum.ts";
import { fusedGemm, fusedMatMulActivation, gemmFastGelu, transposeMatMul } from "./linear/fused-products.ts";
import { det, fusedMatMul, gemm, matMul } from "./linear/matmul.ts";
import { negativeLogLikelihood, softmaxCrossEntropy } from "./loss/losses.ts";
import {
  arrayFeatureExtractor,
  binarizer,
  categoryMapper,
  featureVectorizer,
  imputer,
  labelEncoder,
  normalizer,
  oneHotEncoder,
  scaler,
} from "./ml/features.ts";
import { linearClassifier, linearRegressor, svmRegressor } from "./ml/linear.ts";
import { castMap, dictVectorizer, zipMap } from "./ml/maps.ts";
import { svmClassifier } from "./ml/support-vectors.ts";
import { treeEnsemble, treeEnsembleClassifier, treeEnsembleRegressor } from "./ml/trees.ts";
import { batchNormalization, groupNormalization, instanceNormalization, localResponse } from "./normalization/batch.ts";
import { groupNorm, skipGroupNorm } from "./normalization/group.ts";
import {
  hardmax,
  layerNormalization,
  logSoftmax,
  lpNormalization,
  meanVariance,
  rmsNormalization,
  simplifiedLayerNormalization,
  skipLayerNormalization,
  skipSimplifiedLayerNormalization,
  softmax,
} from "./normalization/layer.ts";
import type { Operator } from "./operator.ts";
import { matMulInteger, qGemm, qLinearConv, qLinearMatMul } from "./quantization/integer-products.ts";
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from "./quantization/quantize.ts";
import { QUANTIZED_FUNCTIONS } from "./quantization/quantized-functions.ts";
import {
  dynamicQuantizeMatMul,
  gatherBlockQuantized,
  matMulBnb4,
  matMulIntegerToFloat,
  matMulNBits,
} from "./quantization/weight-products.ts";
import {
  bernoulli,
  dropout,
  multinomial,
  randomNormal,
  randomNormalLike,
  randomUniform,
  randomUniformLike,
} from "./random/random.ts";
import { dynamicQuantizeLstm } from "./recurrent/quantized-lstm.ts";
import { gru, lstm, rnn } from "./recurrent/recurrent.ts";
import { argMax, argMin, cumProd, cumSum, topK, unique } from "./reduction/ordered.ts";
import { REDUCTIONS } from "./reduction/reduce.ts";
import { resize, upsample } from "./resize/resize.ts";
import {
  concatFromSequence,
  optional,
  optionalGetElement,
  optionalHasElement,
  sequenceAt,
  sequenceConstruct,
  sequenceEmpty,
  sequenceErase,
  sequenceInsert,
  sequenceLength,
  splitToSequence,
} from "./sequence/sequence.ts";
import { constant, constantOfShape, eyeLike, range, shapeOperator, size } from "./shape/constants.ts";
import { flatten, identity, reshape, squeeze, unsqueeze } from "./shape/views.ts";
import { blackmanWindow, dft, hammingWindow, hannWindow, melWeightMatrix, stft } from "./signal/fourier.ts";
import { regexFullMatch, stringConcat, stringNormalizer, stringSplit, tfIdfVectorizer } from "./text/strings.ts";
import { tokenizer } from "./text/tokenizer.ts";
import { gradient } from "./training/gradient.ts";
import { adagrad, adam, momentum } from "./training/optimizers.ts";
import { maxRoiPool, nonMaxSuppression, roiAlign } from "./vision/regions.ts";
import { affineGrid, col2Im, deformConv, gridSample } from "./vision/sampling.ts";
import { conv, convInteger, convTranspose } from "./window/convolution.ts";
import { fusedConv, nhwcConv, nhwcFusedConv, nhwcMaxPool } from "./window/fused-convolution.ts";
import {
  averagePool,
  globalAveragePool,
  globalLpPool,
  globalMaxPool,
  lpPool,
  maxPool,
  maxUnpool,
} from "./window/pooling.ts";

// biome-ignore format: one family a line
const ALL: readonly Operator[] = [
  ...UNARY, ...BINARY, ...VARIADIC, castOperator, castLike, bitCast, clip, where, biasAdd, biasGelu, biasSplitGelu, fastGelu,
  constant, constantOfShape, eyeLike, range, shapeOperator, size, flatten, identity, reshape, squeeze, unsqueeze,
  concat, depthToSpace, expand, reverseSequence, spaceToDepth, split, tile, transpose, trilu, pad, centerCropPad, slice,
  compress, gather, gatherElements, gatherND, nonZero, oneHot, scatter, scatterElements, scatterND, tensorScatter,
  ...REDUCTIONS, argMax, argMin, cumProd, cumSum, topK, unique,
  matMul, gemm, fusedMatMul, fusedMatMulActivation, fusedGemm, gemmFastGelu, transposeMatMul, det,
  conv, fusedConv, nhwcConv, nhwcFusedConv, nhwcMaxPool, convInteger, convTranspose, averagePool, globalAveragePool, globalLpPool, globalMaxPool, lpPool, maxPool, maxUnpool,
  batchNormalization, groupNormalization, instanceNormalization, localResponse, hardmax, layerNormalization, logSoftmax,
  lpNormalization, meanVariance, rmsNormalization, simplifiedLayerNormalization, skipLayerNormalization,
  skipSimplifiedLayerNormalization, softmax, groupNorm, skipGroupNorm,
  bernoulli, dropout, multinomial, randomNormal, randomNormalLike, randomUniform, randomUniformLike,
  dequantizeLinear, dynamicQuantizeLinear, quantizeLinear, matMulInteger, qGemm, qLinearConv, qLinearMatMul,
  ...QUANTIZED_FUNCTIONS, dynamicQuantizeLstm, dynamicQuantizeMatMul, gatherBlockQuantized, matMulBnb4, matMulIntegerToFloat, matMulNBits, resize, upsample,
  rnn, gru, lstm, ifOperator, loop, scan, sequenceMap,
  concatFromSequence, optional, optionalGetElement, optionalHasElement, sequenceAt, sequenceConstruct, sequenceEmpty,
  sequenceErase, sequenceInsert, sequenceLength, splitToSequence,
  attention, flexAttention, rotaryEmbedding, causalConvWithState, linearAttention, swiGlu,
  packedAttention, quantizedAttention, multiHeadAttention, groupedQueryAttention, contribRotaryEmbedding,
  embedLayerNormalization, quantizedEmbedLayerNormalization,
  einsum, negativeLogLikelihood, softmaxCrossEntropy, blackmanWindow, dft, hammingWindow, hannWindow, melWeightMatrix, stft,
  tokenizer, regexFullMatch, stringConcat, stringNormalizer, stringSplit, tfIdfVectorizer, gradient, adagrad, adam, momentum,
  maxRoiPool, nonMaxSuppression, roiAlign, affineGrid, col2Im, deformConv, gridSample, imageDecoder,
  arrayFeatureExtractor, binarizer, categoryMapper, featureVectorizer, imputer, labelEncoder, normalizer, oneHotEncoder,
  scaler, linearClassifier, linearRegressor, svmClassifier, svmRegressor, treeEnsemble, treeEnsembleClassifier, treeEnsembleRegressor,
  castMap, dictVectorizer, zipMap,
  ...ALIASES,
];

/** Every operator with a meaning, by name. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(ALL.map((row) => [row.name, joined(row)]));

function joined(row: Operator): Operator {
  const [decompose, gradient] = [DECOMPOSITIONS[row.name], GRADIENTS[row.name]];
  return { ...row, ...(decompose === undefined ? {} : { decompose }), ...(gradient === undefined ? {} : { gradient }) };
}

export function operatorOf(name: string): Operator | undefined {
  return OPERATORS.get(name);
}
