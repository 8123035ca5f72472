"""Writes facts.json beside it: small operator nodes and what ONNX Runtime's CPU provider gives for them.
Needs: pip install onnx onnxruntime numpy. The tests need none of it."""
import json
import os

import numpy as np
import onnxruntime as ort
from onnx import ValueInfoProto, helper

rng = np.random.default_rng(11)
facts = []


def f(*shape):
    """Quarters, so that they print short and sums of products are exact."""
    return (rng.integers(-12, 12, shape) / 4).astype(np.float32)


def i64(*values):
    return np.array(values, np.int64)


def lengths(*values):
    return np.array(values, np.int32)


def fact(op, opset, inputs, outputs=1, **attributes):
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    results = [f"y{i}" for i in range(outputs)]
    domain, _, name = op.rpartition(".")
    node = helper.make_node(name, names, results, domain=domain, **attributes)
    given = [(n, x) for n, x in zip(names, inputs) if x is not None]
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in given]
    graph = helper.make_graph([node], "g", infos, [ValueInfoProto(name=n) for n in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run(None, dict(given))
    facts.append({"op": op, "opset": opset, "attributes": attributes,
                  "inputs": [None if x is None else tensor(x) for x in inputs], "outputs": [tensor(v) for v in values]})


def tensor(x):
    spell = lambda v: str(v) if x.dtype.kind in "iu" and x.dtype.itemsize == 8 else float(f"{v:.9g}") if x.dtype.kind == "f" else int(v)
    text = lambda v: v if not isinstance(v, float) or np.isfinite(v) else str(v).replace("inf", "Infinity")
    return {"dtype": str(x.dtype), "shape": list(x.shape), "values": [text(spell(v)) for v in x.ravel()]}


image = f(1, 2, 4, 3)
fact("Conv", 11, [image, f(4, 1, 2, 2), f(4)], group=2, pads=[1, 0, 0, 1], strides=[2, 1], dilations=[1, 2])
fact("Conv", 11, [image, f(1, 2, 3, 2)], auto_pad="SAME_LOWER", strides=[2, 2])
fact("ConvTranspose", 11, [image, f(2, 1, 2, 2)], group=2, strides=[2, 3], output_padding=[1, 0], pads=[1, 0, 0, 1])
fact("ConvTranspose", 11, [image, f(2, 1, 3, 3)], strides=[2, 2], auto_pad="SAME_UPPER")
fact("MaxPool", 12, [image], 2, kernel_shape=[2, 2], ceil_mode=1, strides=[2, 2], pads=[1, 0, 0, 1], storage_order=1)
fact("AveragePool", 19, [image], kernel_shape=[2, 2], ceil_mode=1, strides=[2, 2], pads=[1, 0, 1, 1], count_include_pad=1)
fact("LpPool", 18, [image], kernel_shape=[2, 2], p=3)
fact("BatchNormalization", 15, [image, f(2), f(2), f(2), np.abs(f(2)) + 1], 3, training_mode=1, momentum=0.75)
fact("LayerNormalization", 17, [f(2, 3, 2), f(3, 2), f(3, 2)], 3, axis=1)
fact("LRN", 13, [f(1, 5, 1, 2)], size=3, alpha=0.5, beta=0.75, bias=1.5)
fact("Softmax", 11, [f(2, 2, 2)], axis=1)
fact("LogSoftmax", 13, [f(2, 3)], axis=0)
for mode, coordinates in [("nearest", "half_pixel"), ("linear", "pytorch_half_pixel"), ("cubic", "asymmetric"), ("linear", "align_corners")]:
    fact("Resize", 13, [f(1, 1, 3, 3), None, None, i64(1, 1, 5, 2)], mode=mode, coordinate_transformation_mode=coordinates)
fact("Resize", 18, [f(1, 1, 5, 4), None, np.array([1, 1, 0.6, 0.5], np.float32)], mode="cubic", antialias=1)
fact("GridSample", 16, [f(1, 1, 3, 3), f(1, 2, 2, 2)], mode="bicubic", padding_mode="reflection")
for direction, count in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
    fact("LSTM", 14, [f(3, 2, 1), f(count, 8, 1), f(count, 8, 2), f(count, 16), lengths(3, 1), f(count, 2, 2), f(count, 2, 2), f(count, 6)], 3,
         direction=direction, hidden_size=2)
    fact("GRU", 14, [f(3, 2, 1), f(count, 6, 1), f(count, 6, 2), f(count, 12), lengths(2, 3)], 2, direction=direction, hidden_size=2, linear_before_reset=1)
    fact("RNN", 14, [f(3, 2, 1), f(count, 2, 1), f(count, 2, 2)], 2, direction=direction, hidden_size=2)
fact("Slice", 13, [f(5, 3), i64(-1, 2), i64(-100, 0), i64(0, 1), i64(-2, -1)])
fact("Pad", 13, [f(3, 3), i64(1, -1, -2, 2), np.array(7, np.float32)])
fact("Pad", 18, [f(2, 3), i64(2, 2), None, i64(1)], mode="reflect")
fact("ReduceSum", 13, [np.zeros((0, 2), np.float32), i64(0)])
fact("ReduceLogSumExp", 18, [f(2, 3), i64(-1)], keepdims=0)
fact("Add", 14, [i64(2**62, -5), i64(2**62, 2**53 + 1)])
fact("Mul", 14, [i64(3037000500, -7), i64(3037000500, 2**61)])
fact("Mul", 14, [np.array([2**30 + 1, -5], np.int32), np.array([5, 2**30], np.int32)])
fact("Div", 14, [np.array([-7, 7], np.int32), np.array([2, -2], np.int32)])
fact("Mod", 13, [i64(-7, 7, 7), i64(3, -3, 3)])
fact("Mod", 13, [f(4), np.array([1.5, -1.5, 2, -2], np.float32)], fmod=1)
fact("Pow", 15, [i64(2, -3, 7), i64(62, 3, 0)])
fact("BitShift", 11, [np.array([255, 3], np.uint8), np.array([1, 7], np.uint8)], direction="LEFT")
fact("TopK", 11, [np.array([1, 3, 3, 2], np.float32), i64(3)], 2)
fact("Unique", 11, [np.array([2, 1, 1, 3, 2], np.float32)], 4, sorted=0)
fact("CumSum", 14, [f(2, 3), np.array(1, np.int32)], exclusive=1, reverse=1)
fact("GatherND", 13, [f(2, 3, 2), i64(1, 0).reshape(2, 1)], batch_dims=1)
fact("ScatterElements", 16, [f(3, 2), i64(0, 2, 2, 0).reshape(2, 2), f(2, 2)], axis=0, reduction="add")
fact("Einsum", 12, [f(2, 2, 3), f(2, 3, 2)], equation="...ij,...jk->...k")
fact("QuantizeLinear", 13, [np.array([0.5, 1.5, 2.5, -0.5, 300, -300], np.float32), np.array(1, np.float32), np.array(3, np.int8)])
fact("QLinearMatMul", 10, [np.array([[200, 3]], np.uint8), np.array(0.5, np.float32), np.array(100, np.uint8), np.array([[7], [250]], np.uint8),
                          np.array(0.25, np.float32), np.array(128, np.uint8), np.array(9.5, np.float32), np.array(127, np.uint8)])
fact("DynamicQuantizeLinear", 11, [np.array([0, 2, -3, -2.5, 1.34, 0.5], np.float32)], 3)
fact("NonMaxSuppression", 11, [np.array([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [1, 1, 0, 0], [0, 10, 1, 11]]], np.float32),
                               np.array([[[0.9, 0.75, 0.6, 0.95]]], np.float32), i64(3), np.array([0.5], np.float32)])
fact("DFT", 17, [f(1, 5, 1)], axis=1, onesided=1)
fact("NegativeLogLikelihoodLoss", 13, [f(2, 3, 2), i64(0, 2, 1, 1).reshape(2, 2), np.abs(f(3)) + 1], ignore_index=2)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "facts.json")
def bytes8(*shape):
    return rng.integers(0, 256, shape).astype(np.uint8)


def scale(value):
    return np.array(value, np.float32)


def zero(value):
    return np.array(value, np.uint8)


M = "com.microsoft."
fact(M + "FusedConv", 13, [image, f(4, 2, 2, 2), f(4)], activation="HardSigmoid", activation_params=[0.3, 0.4], pads=[1, 0, 0, 1])
fact(M + "FusedGemm", 13, [f(2, 3), f(4, 3), f(4)], transB=1, activation="LeakyRelu", activation_alpha=0.1)
fact(M + "FusedMatMul", 13, [f(3, 2, 4), f(5, 2, 4)], transBatchA=1, transBatchB=1, transB=1)
near = [scale(0.02), zero(120), scale(0.02), zero(7)]
fact(M + "QLinearAdd", 13, [bytes8(20), *near[:2], bytes8(20), *near[2:], scale(0.04), zero(131)])
fact(M + "QLinearMul", 13, [bytes8(8), scale(0.0213), zero(120), bytes8(8), scale(0.0171), zero(7), scale(0.0237), zero(131)])
fact(M + "QLinearAveragePool", 13, [bytes8(1, 2, 4, 4), *near[:2], scale(0.0213), zero(7)], kernel_shape=[2, 2], pads=[1, 0, 0, 1])
fact(M + "QLinearGlobalAveragePool", 13, [bytes8(1, 2, 4, 4), *near[:2], scale(0.02), zero(7)])
fact(M + "QLinearSigmoid", 13, [bytes8(8), *near[:2], scale(1 / 256), zero(0)])
fact(M + "MatMulNBits", 13, [f(2, 40), bytes8(3, 3, 8), f(3, 3), bytes8(3, 2)], K=40, N=3, bits=4, block_size=16)
fact(M + "DynamicQuantizeMatMul", 13, [f(2, 4), bytes8(4, 3), scale([0.5, 0.25, 1]), bytes8(3), f(3)])
fact(M + "GatherBlockQuantized", 13, [bytes8(3, 16), i64(2, 0), f(3, 2), bytes8(3, 1)], bits=4, block_size=16)
x, w, bias = f(2, 3, 4), f(4, 12), f(12)
fact(M + "Attention", 13, [x, w, bias, lengths(2, 3)], num_heads=2)
fact(M + "Attention", 13, [x, w, bias, lengths(3, 2, 1, 0)], num_heads=2, mask_filter_value=-2.0)
fact(M + "Attention", 13, [x, w, bias, None, f(2, 2, 2, 2, 2)], 2, num_heads=2, unidirectional=1)
fact(M + "MultiHeadAttention", 13, [f(1, 2, 4), f(1, 3, 4), f(1, 3, 4), f(12), lengths(1, 0, 1).reshape(1, 3), f(1, 1, 2, 3)], num_heads=2)
fact(M + "MultiHeadAttention", 13, [f(1, 2, 4), f(1, 2, 4), f(1, 2, 4), None, None, None, f(1, 2, 1, 2), f(1, 2, 1, 2)], 3, num_heads=2, unidirectional=1)
turns = [np.cos(np.arange(48).reshape(6, 8) / 7).astype(np.float32), np.sin(np.arange(48).reshape(6, 8) / 7).astype(np.float32)]
fact(M + "RotaryEmbedding", 13, [f(1, 2, 16), i64(3), *turns], interleaved=1)
cache = [f(2, 1, 3, 16), f(2, 1, 3, 16)]
fact(M + "GroupQueryAttention", 13, [f(2, 1, 32), f(2, 1, 16), f(2, 1, 16), *cache, lengths(3, 2), np.array(4, np.int32), *turns], 3, num_heads=2, kv_num_heads=1, do_rotary=1)
fact(M + "GroupQueryAttention", 13, [f(2, 3, 64), None, None, f(2, 1, 0, 16), f(2, 1, 0, 16), lengths(2, 1), np.array(3, np.int32), *turns], 3, num_heads=2, kv_num_heads=1, do_rotary=1, local_window_size=2)
fact(M + "EmbedLayerNormalization", 13, [lengths(0, 2, 1, 1).reshape(2, 2), None, f(3, 4), f(2, 4), None, f(4), f(4), lengths(1, 0, 1, 1).reshape(2, 2)], 2)
S = "ai.onnx.ml."
vectors = [float(v) / 4 for v in rng.integers(-9, 9, 8)]
fact(S + "SVMClassifier", 13, [f(4, 2)], 2, kernel_type="LINEAR", kernel_params=[0.5, 0.5, 2.0], classlabels_ints=[0, 1], vectors_per_class=[2, 2], support_vectors=vectors, coefficients=[0.5, 1.0, -0.75, -0.75], rho=[0.25], prob_a=[-1.5], prob_b=[-0.625])
fact(S + "LinearClassifier", 13, [f(6, 2)], 2, coefficients=[0.25, -0.5], intercepts=[0.125], classlabels_ints=[4, 7])


def odd(x, at, value):
    x = x.copy()
    x.flat[at] = value
    return x


# Keys that are not attended, or attended with a share too small for single precision, beside infinities and NaN.
causal = dict(num_heads=2, unidirectional=1)
fact(M + "MultiHeadAttention", 13, [f(1, 3, 4), f(1, 3, 4), odd(f(1, 3, 4), 4, np.inf)], **causal)
fact(M + "MultiHeadAttention", 13, [f(1, 3, 4), odd(f(1, 3, 4), 4, np.inf), f(1, 3, 4)], **causal)
fact(M + "MultiHeadAttention", 13, [f(1, 2, 1) * 0 + 100, np.array([[[2], [0.5], [1]]], np.float32), odd(f(1, 3, 1), 1, np.inf)], num_heads=1)
fact(M + "Attention", 13, [f(1, 2, 4), f(4, 12), f(12), lengths(0, 1, 1).reshape(1, 3), odd(f(2, 1, 2, 1, 2), 4, -np.inf)], 2, num_heads=2)
new = [f(2, 3, 16), odd(f(2, 3, 8), 8, np.inf), odd(odd(f(2, 3, 8), 9, -np.inf), 40, np.nan)]
fact(M + "GroupQueryAttention", 13, [*new, f(2, 1, 0, 8), f(2, 1, 0, 8), lengths(2, 1), np.array(3, np.int32)], 3, num_heads=2, kv_num_heads=1)
fact("ConvTranspose", 11, [f(1, 2, 3, 3), odd(f(2, 1, 3, 2), 5, np.inf)], group=2, strides=[3, 1], dilations=[1, 2], pads=[0, 1, 1, 0])

with open(path, "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(one) for one in facts) + "\n]\n")
