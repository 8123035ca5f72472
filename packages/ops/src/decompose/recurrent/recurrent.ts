import type { Decompose } from "../decompose.ts";
import { gru } from "./gru.ts";
import { lstm } from "./lstm.ts";
import { dynamicQuantizeLstm } from "./quantized-lstm.ts";
import { rnn } from "./rnn.ts";

export const RECURRENT: Readonly<Record<string, Decompose>> = {
  LSTM: lstm,
  GRU: gru,
  RNN: rnn,
  "com.microsoft.DynamicQuantizeLSTM": dynamicQuantizeLstm,
};
