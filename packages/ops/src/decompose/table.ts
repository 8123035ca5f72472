import { ALIASES } from "./aliases.ts";
import { ATTENTIONS } from "./attention.ts";
import { CASTS } from "./cast.ts";
import { CONTRACTIONS } from "./contraction.ts";
import { CONTRIBS } from "./contrib.ts";
import { CONVOLUTIONS } from "./convolution.ts";
import type { Decompose } from "./decompose.ts";
import { DETERMINANTS } from "./determinant.ts";
import { einsum } from "./einsum.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { EMBEDDINGS } from "./embedding.ts";
import { FEATURE_MAPS } from "./feature-maps.ts";
import { FEATURE_TABLES } from "./feature-tables.ts";
import { FUSED } from "./fused.ts";
import { GATHERS } from "./gather.ts";
import { GENERATORS } from "./generate.ts";
import { SAMPLERS } from "./grid-sample.ts";
import { GROUP_NORMS } from "./group-norm.ts";
import { GROUPED_QUERIES } from "./grouped-query.ts";
import { KEEPERS } from "./kept.ts";
import { LAYOUTS } from "./layout.ts";
import { LINEAR_MODELS } from "./linear-models.ts";
import { LOSSES } from "./loss.ts";
import { MEL_WEIGHTS } from "./mel-weights.ts";
import { NORMALIZATIONS } from "./normalization.ts";
import { PACKED_ATTENTIONS } from "./packed-attention.ts";
import { POOLS } from "./pooling.ts";
import { POWERS } from "./power.ts";
import { QUANTISED_FUNCTIONS } from "./quantised-functions.ts";
import { QUANTIZATIONS } from "./quantization.ts";
import { RANDOMS } from "./random.ts";
import { RECURRENT } from "./recurrent/recurrent.ts";
import { STATE_SPACES } from "./recurrent/state-space.ts";
import { REDUCTIONS } from "./reduction.ts";
import { REGION_POOLS } from "./region-pool.ts";
import { RESIZES } from "./resize.ts";
import { SAMPLED } from "./sampled.ts";
import { SCATTERS } from "./scatter.ts";
import { SIGNALS } from "./signal.ts";
import { SOFTMAXES } from "./softmax.ts";
import { SELECTIONS } from "./top-k.ts";
import { OPTIMIZERS } from "./training.ts";
import { TREES } from "./trees/trees.ts";
import { UNPOOLINGS } from "./unpool.ts";
import { WEIGHT_PRODUCTS } from "./weight-products.ts";

/** How each operator becomes patterns, by name; the registry joins it to the operator's meaning. Operators without a row run on the host. */
export const DECOMPOSITIONS: Readonly<Record<string, Decompose>> = {
  ...ELEMENTWISE,
  ...POWERS,
  ...CASTS,
  ...CONTRACTIONS,
  ...CONVOLUTIONS,
  ...POOLS,
  ...REDUCTIONS,
  ...SOFTMAXES,
  ...NORMALIZATIONS,
  ...LAYOUTS,
  ...RANDOMS,
  ...GATHERS,
  ...KEEPERS,
  ...SAMPLED,
  ...CONTRIBS,
  ...FUSED,
  ...GROUP_NORMS,
  ...QUANTISED_FUNCTIONS,
  ...WEIGHT_PRODUCTS,
  ...ALIASES,
  ...STATE_SPACES,
  ...OPTIMIZERS,
  ...LOSSES,
  ...SELECTIONS,
  ...SAMPLERS,
  ...SIGNALS,
  ...ATTENTIONS,
  ...PACKED_ATTENTIONS,
  ...GROUPED_QUERIES,
  ...EMBEDDINGS,
  ...SCATTERS,
  ...GENERATORS,
  ...RESIZES,
  ...UNPOOLINGS,
  ...REGION_POOLS,
  ...MEL_WEIGHTS,
  ...DETERMINANTS,
  ...FEATURE_TABLES,
  ...FEATURE_MAPS,
  ...LINEAR_MODELS,
  ...TREES,
  Einsum: einsum,
  ...RECURRENT,
  ...QUANTIZATIONS,
};
