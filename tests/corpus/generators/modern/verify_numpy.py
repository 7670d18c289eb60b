"""Independent check of the corpus: reads weights with h5py/zipfile only, computes in NumPy (float64),
compares with io.npz. Covers Sequential/Functional chains of Dense/BN/noop layers, int8/int4/LoRA Dense, activations."""
import warnings; warnings.simplefilter("ignore")
import sys, os, json, zipfile, io, re, glob, numpy as np, h5py
from math import erf
root = sys.argv[1]
snake = lambda s: re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", s))).lower()
verf = np.vectorize(erf)
sg = lambda x: 0.5 * (1 + np.tanh(0.5 * x))
sp = lambda x: np.logaddexp(0, x)
def sparsemax(x):      # Keras's formula, not the textbook's: sums the cumulative sums over the support
    z = np.sort(x, -1)[..., ::-1]; k = np.arange(1, x.shape[-1] + 1); cs = np.cumsum(z, -1)
    sup = z - (cs - 1) / k > 0
    return np.maximum(x - (np.where(sup, cs, 0).sum(-1, keepdims=True) - 1) / sup.sum(-1, keepdims=True), 0)
def smax(x): e = np.exp(x - x.max(-1, keepdims=True)); return e / e.sum(-1, keepdims=True)
def acts(name, k3):
    return {"linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "sigmoid": sg, "tanh": np.tanh, "softmax": smax, "softplus": sp, "softsign": lambda x: x / (1 + abs(x)),
            "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
            "gelu": lambda x: 0.5 * x * (1 + verf(x / np.sqrt(2))), "swish": lambda x: x * sg(x), "silu": lambda x: x * sg(x), "exponential": np.exp,
            "hard_sigmoid": (lambda x: np.clip(x + 3, 0, 6) / 6) if k3 else (lambda x: np.clip(0.2 * x + 0.5, 0, 1)), "mish": lambda x: x * np.tanh(sp(x)), "relu6": lambda x: np.clip(x, 0, 6),
            "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x), "log_softmax": lambda x: np.log(smax(x)), "log_softmax_v2": lambda x: x - x.max(-1, keepdims=True) - np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)), "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6, "hard_swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
            "glu": lambda x: x[..., :x.shape[-1] // 2] * sg(x[..., x.shape[-1] // 2:]), "sparsemax": sparsemax, "celu": lambda x: np.maximum(x, 0) + np.minimum(np.expm1(np.minimum(x, 0)), 0), "hard_tanh": lambda x: np.clip(x, -1, 1), "log_sigmoid": lambda x: -sp(-x), "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
            "tanh_shrink": lambda x: x - np.tanh(x), "soft_shrink": lambda x: np.where(x > .5, x - .5, np.where(x < -.5, x + .5, 0)), "hard_shrink": lambda x: np.where(abs(x) > .5, x, 0),
            "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)), "sparse_sigmoid": lambda x: np.where(x <= -1, 0, np.where(x >= 1, 1, .5 * (x + 1)))}[name]
def attr_list(g, name):
    if name in g.attrs: return [x.decode() if isinstance(x, bytes) else x for x in g.attrs[name]]
    out, k = [], 0
    while "%s%d" % (name, k) in g.attrs:
        out += [x.decode() if isinstance(x, bytes) else x for x in g.attrs["%s%d" % (name, k)]]; k += 1
    return out
def load(d):
    """-> config, getter(layer_entry, index among same-class)"""
    for p in sorted(glob.glob(d + "/*.keras")) + sorted(glob.glob(d + "/model.h5")):
        if zipfile.is_zipfile(p):
            z = zipfile.ZipFile(p); return json.loads(z.read("config.json")), h5py.File(io.BytesIO(z.read("model.weights.h5"))), "v3"
        h = h5py.File(p); return json.loads(h.attrs["model_config"]), h, "h5"
    c = json.load(open(d + "/model.json"))
    if os.path.exists(d + "/weights.h5"): return c, h5py.File(d + "/weights.h5"), "h5w"
    return c, h5py.File(d + "/model.weights.h5"), "v3"
def ver(c, h, kind):
    return None
def weights(c, h, kind, kver):
    """layer name -> {short name or index: array}"""
    out = {}
    if kind == "v3":
        root = "layers" if "layers" in h else "_layer_checkpoint_dependencies"
        seen = {}
        for l in c["config"]["layers"]:
            if "keras_tensor" in str(l.get("module", "")) or str(l.get("module", "")).startswith("keras.src.ops"): continue
            if l["class_name"] == "InputLayer" and c["class_name"] == "Sequential": continue
            s = snake(l["class_name"]); k = seen.get(s, 0)
            nm = s if k == 0 else "%s_%d" % (s, k)
            g = h.get(root + "/" + nm + "/vars")
            arr = [] if g is None else [g[str(j)][()] for j in range(len(g))]
            seen[s] = k + (2 if kver in ("2.12.0", "2.13.1") and arr else 1)
            out[l["config"]["name"]] = arr
    else:
        g = h["model_weights"] if kind == "h5" else h
        for n in attr_list(g, "layer_names"):
            out[n] = {w.split("/")[-1].split(":")[0]: g[n][w][()] for w in attr_list(g[n], "weight_names")}
    return out
NOOP = {"Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity", "InputLayer"}
def unpack4(p, n):
    lo, hi = p & 15, (p >> 4) & 15
    f = lambda v: np.where(v > 7, v.astype("int16") - 16, v).astype("int16")
    return np.stack([f(lo), f(hi)], -1).reshape(p.shape[0], -1)[:, :n]
def dense(l, w, x, k3):
    c = l["config"]
    if isinstance(w, dict):
        k, b = w["kernel"], w.get("bias")
        if "lora_kernel_a" in w:
            r = w["lora_kernel_a"].shape[1]
            k = k + (c.get("lora_alpha") or r) / r * (w["lora_kernel_a"].astype("f8") @ w["lora_kernel_b"])
        sc = w.get("kernel_scale"); zero = w.get("kernel_zero"); gi = w.get("g_idx")
    else:
        w = list(w); k = w[0]; w = w[1:]; b = w.pop(0) if c["use_bias"] else None
        sc = zero = gi = None
        if w: sc = w.pop(0)
        if w: zero = w.pop(0)
        if w: gi = w.pop(0)
    q = json.dumps(c["dtype"])
    if k.dtype == np.int8 and ("int4" in q):
        if k.shape[1] == c["units"] and k.shape[0] != x.shape[-1]:      # Keras 3.10 - 3.12: packed along axis 0
            u = unpack4(np.ascontiguousarray(k.T).view("uint8"), x.shape[-1]).T
        else:
            u = unpack4(k.view("uint8"), c["units"])
        if zero is not None:
            kk = (u - zero[gi.astype(int)].astype("f8")) * sc[gi.astype(int)]
        else:
            kk = u / sc.astype("f8")
        qc = c.get("quantization_config") or {}
        y = x @ kk
        if zero is None and not (qc and qc["config"].get("activation_quantizer") is None):
            xs = 127 / (abs(x).max(-1, keepdims=True) + 1e-7); y = (np.clip(np.round((x * xs).astype("f4")), -127, 127) @ kk) / xs
    elif k.dtype == np.int8:
        qc = c.get("quantization_config")
        if qc and qc["config"].get("activation_quantizer") is None:
            y = x @ (k / sc.astype("f8"))
        else:
            x32 = x.astype("f4"); xs = (127 / (abs(x32).max(-1, keepdims=True) + np.float32(1e-7))).astype("f4")
            y = np.clip(np.round(x32 * xs), -127, 127).astype("f8") @ k.astype("f8") / (sc.astype("f8") * xs)
    else:
        y = x @ k.astype("f8")
    if b is not None: y = y + b
    a = c["activation"]
    return acts(a, k3)(y)
n = ok = 0; byenv = {}
skipped = {}
for d in sorted(os.listdir(root)):
    p = os.path.join(root, d)
    if not os.path.exists(p + "/case.json"): continue
    cj = json.load(open(p + "/case.json"))
    if cj["expect"] != "ok" or cj["format"] not in ("keras", "h5", "json_h5", "json_wh5", "dotkeras_hdf5") or "float8" in d or "policy_" in d or "float16" in d: continue
    try:
        c, h, kind = load(p)
    except Exception as e:
        skipped["load"] = skipped.get("load", 0) + 1; continue
    ls = c["config"].get("layers", []) if isinstance(c["config"], dict) else []
    if any(l["class_name"] not in NOOP | {"Dense", "BatchNormalization", "ReLU", "Activation"} for l in ls) or len(cj["input_names"]) != 1: continue
    chain = c["class_name"] == "Sequential"
    if not chain:   # linear functional chain only
        if any(len(l["inbound_nodes"]) > 1 for l in ls): continue
        names = {}
        def src(l):
            s = json.dumps(l["inbound_nodes"]); m = re.findall(r'"keras_history": \["([^"]+)", 0, 0\]', s) or re.findall(r'\["([^"]+)", 0, 0, ', s); return m
        if any(len(src(l)) != 1 for l in ls if l["class_name"] != "InputLayer"): continue
    z = np.load(p + "/io.npz")
    if sum(k.startswith("out_") for k in z.files) != 1 and chain: continue
    k3 = cj["keras_version"].startswith("3")
    try:
        W = weights(c, h, kind, cj["keras_version"])
        vals = {}; x = z["in_0"].astype("f8")
        if x.ndim != 2: continue
        for l in ls:
            if not chain and l["class_name"] != "InputLayer": x = vals[src(l)[0]]
            elif not chain: x = z["in_0"].astype("f8")
            nm = l["config"]["name"]; w = W.get(nm, [])
            if l["class_name"] == "Dense": x = dense(l, w, x, k3)
            elif l["class_name"] == "BatchNormalization":
                cc = l["config"]
                if isinstance(w, dict): g, b, m, v = w.get("gamma", 1.), w.get("beta", 0.), w["moving_mean"], w["moving_variance"]
                else:
                    w = list(w); g = w.pop(0) if cc["scale"] else 1.; b = w.pop(0) if cc["center"] else 0.; m, v = w[:2]
                x = (x - m) / np.sqrt(v.astype("f8") + cc["epsilon"]) * g + b
            elif l["class_name"] == "ReLU":
                cc = {k: (v["config"]["value"] if isinstance(v, dict) and v.get("class_name") == "__numpy__" else v) for k, v in l["config"].items()}; s = cc.get("negative_slope") or 0.; t = cc.get("threshold") or 0.; mx = cc.get("max_value")
                s = float(s); t = float(t)
                x = np.where(x >= t, np.minimum(x, mx) if mx is not None else x, s * (x - t)) if mx is not None or True else x
            elif l["class_name"] == "Activation": x = acts(l["config"]["activation"], k3)(x)
            vals[nm] = x
        ol = c["config"].get("output_layers")
        if isinstance(ol, dict): c["config"]["output_layers"] = [ol[k] for k in sorted(ol)]
        outs = [x] if chain else [vals[o[0]] for o in (c["config"]["output_layers"] if isinstance(c["config"]["output_layers"][0], list) else [c["config"]["output_layers"]])]
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as e:
        print('ERR', d, repr(e)[:150])
        skipped[repr(e)[:60]] = skipped.get(repr(e)[:60], 0) + 1; continue
    n += 1; byenv[cj["env"] + "/" + cj["format"]] = byenv.get(cj["env"] + "/" + cj["format"], 0) + 1
    good = True
    for k, y in enumerate(outs):
        t = z["out_%d" % k].astype("f8")
        fin = np.isfinite(t)
        tol = 2e-4 * np.maximum(1, abs(t[fin]).max() if fin.any() else 1) if "quant" in d else 2e-5 * np.maximum(1, np.abs(t[fin]).max() if fin.any() else 1)
        if y.shape != t.shape or np.nanmax(np.append(np.abs(y - t)[fin], 0)) > tol:
            good = False; print("DIFF", d, k, y.shape, t.shape, None if y.shape != t.shape else np.abs(y - t)[fin].max(), "tol", tol)
    ok += good
print(root, "checked", n, "ok", ok, "skipped", skipped, byenv)
