#!/usr/bin/env python3
"""Reads every case of a corpus WITHOUT Keras (h5py + numpy + json/yaml only), computes the
outputs in float64 and compares them with the recorded ones. What passes
here is read right. Usage: verify_numpy.py DIR [DIR...] [-v]"""
import json, os, struct, sys, glob, re, traceback
import numpy as np
import h5py


class Refuse(Exception):
    pass


# ---------------------------------------------------------------- reading
def s(x):
    return x.decode('utf8') if isinstance(x, bytes) else str(x)


def attr_list(attrs, name):
    """weight_names / layer_names, chunked (name0, name1 ...) from Keras 2.1.? when too large"""
    if name in attrs:
        return [s(x) for x in attrs[name]]
    out, i = [], 0
    while '%s%d' % (name, i) in attrs:
        out += [s(x) for x in attrs['%s%d' % (name, i)]]
        i += 1
    return out


def read_yaml(txt):
    import yaml

    class Ld(yaml.SafeLoader):
        pass
    Ld.add_constructor('tag:yaml.org,2002:python/tuple', lambda l, n: list(l.construct_sequence(n, deep=True)))
    Ld.add_constructor('tag:yaml.org,2002:python/unicode', lambda l, n: l.construct_scalar(n))
    Ld.add_constructor('tag:yaml.org,2002:python/str', lambda l, n: l.construct_scalar(n))

    def apply(l, suffix, n):
        # tf.keras 1.13-1.15: !!python/object/apply:tensorflow...data_structures.ListWrapper [[3]]
        if suffix.endswith('.ListWrapper') or suffix.endswith('._DictWrapper'):
            return l.construct_sequence(n, deep=True)[0]
        if suffix.endswith('tensor_shape.TensorShape'):
            return l.construct_sequence(n, deep=True)[0]
        if suffix.endswith('tensor_shape.Dimension'):
            return l.construct_sequence(n, deep=True)[0]
        if suffix == 'numpy.dtype':
            return l.construct_mapping(n, deep=True)
        if suffix == 'numpy.core.multiarray._reconstruct':
            st = l.construct_mapping(n, deep=True)['state']  # 1, shape, dtype, fortran order, bytes
            raw = st[4].encode('latin1') if isinstance(st[4], str) else st[4]
            a = np.frombuffer(raw, np.dtype('<' + st[2]['args'][0])).reshape(st[1])
            return a.tolist()
        if suffix in ('numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'):
            dt, raw = l.construct_sequence(n, deep=True)
            raw = raw.encode('latin1') if isinstance(raw, str) else raw
            return np.frombuffer(raw, np.dtype('<' + dt['args'][0]))[0].item()
        raise Refuse('YAML object %s' % suffix)
    Ld.add_multi_constructor('tag:yaml.org,2002:python/object/apply:', apply)
    Ld.add_multi_constructor('tag:yaml.org,2002:python/name:', lambda l, suffix, n: None)

    def new(l, suffix, n):
        m = l.construct_mapping(n, deep=True)
        if suffix.endswith('.ListWrapper'):
            return m.get('listitems') or (m.get('state') or {}).get('_storage') or []
        raise Refuse('YAML object %s' % suffix)
    Ld.add_multi_constructor('tag:yaml.org,2002:python/object/new:', new)
    Ld.add_multi_constructor('tag:yaml.org,2002:python/object:', new)
    return yaml.load(txt, Loader=Ld)


def read_weights_group(g):
    """-> list of (layer name, [(weight name, array)]) in file order"""
    if 'nb_layers' in g.attrs:
        res = []
        for k in range(int(g.attrs['nb_layers'])):
            gg = g['layer_%d' % k]
            res.append((None, [('param_%d' % p, gg['param_%d' % p][()]) for p in range(int(gg.attrs['nb_params']))]))
        return res
    if 'graph' in g and 'nb_params' in g['graph'].attrs:  # Graph model of Keras 0.3
        gg = g['graph']
        return [('graph', [('param_%d' % p, gg['param_%d' % p][()]) for p in range(int(gg.attrs['nb_params']))])]
    res = []
    for ln in attr_list(g.attrs, 'layer_names'):
        gg = g[ln]
        res.append((ln, [(wn, gg[wn][()]) for wn in attr_list(gg.attrs, 'weight_names')]))
    return res


def read_case(d):
    info = {}
    for f in ('model.h5', 'model.json', 'model.yaml', 'model'):
        p = os.path.join(d, f)
        if not os.path.exists(p):
            continue
        if f == 'model':
            return read_savedmodel(p)
        if f == 'model.h5':
            with h5py.File(p, 'r') as h:
                if 'model_config' not in h.attrs:
                    raise Refuse('no model_config')
                cfg = json.loads(s(h.attrs['model_config']))
                info['keras_version'] = s(h.attrs['keras_version']) if 'keras_version' in h.attrs else None
                info['backend'] = s(h.attrs['backend']) if 'backend' in h.attrs else None
                w = read_weights_group(h['model_weights'])
        else:
            txt = open(p).read()
            cfg = json.loads(txt) if f.endswith('json') else read_yaml(txt)
            info['keras_version'] = cfg.get('keras_version')
            info['backend'] = cfg.get('backend')
            with h5py.File(os.path.join(d, 'weights.h5'), 'r') as h:
                w = read_weights_group(h['model_weights'] if 'layer_names' not in h.attrs and 'model_weights' in h else h)
        if 'class_name' not in cfg:
            cfg = keras0(cfg)
            info['keras_version'] = '0.3'
        return cfg, w, info
    raise Refuse('nothing to read')


def keras0(cfg):
    """Keras 0.3: class in `name`, the layer's name in `custom_name` (not unique)"""
    def lay(l, i):
        c = dict(l)
        cls = c.pop('name')
        c['name'] = '%s_%s' % (c.pop('custom_name', None), i)
        c.setdefault('trainable', True)
        return {'class_name': cls, 'config': c}
    if cfg['name'] == 'Sequential':
        return {'class_name': 'Sequential', 'config': [lay(l, i) for i, l in enumerate(cfg['layers'])]}
    if cfg['name'] != 'Graph':
        raise Refuse('Keras 0.3 %s' % cfg['name'])
    layers = [{'class_name': 'InputLayer', 'name': i['name'], 'config': {'name': i['name']}, 'inbound_nodes': []} for i in cfg['input_config']]
    for n in cfg['node_config']:
        src = [n['input']] if n['input'] else n['inputs']
        if len(src) > 1:
            mn = n['name'] + '_merge'
            layers.append({'class_name': 'Merge', 'name': mn, 'config': {'name': mn, 'mode': n['merge_mode'], 'concat_axis': n['concat_axis'], 'dot_axes': n['dot_axes']},
                           'inbound_nodes': [[[x, 0, 0] for x in src]]})
            src = [mn]
        l = lay(cfg['nodes'][n['name']], 0)
        l['config']['name'] = n['name']
        layers.append({'class_name': l['class_name'], 'name': n['name'], 'config': l['config'], 'inbound_nodes': [[[src[0], 0, 0]]]})
    outs = [[o['input'], 0, 0] for o in cfg['output_config']]
    return {'class_name': 'Model', 'config': {'name': 'graph', 'layers': layers, 'input_layers': [[i['name'], 0, 0] for i in cfg['input_config']],
                                              'output_layers': outs, 'graph': True}}


# ---- SavedModel (TF 1.15 - 2.3): protobuf wire format and the tensor bundle, by hand
def pb(buf):
    """protobuf wire -> list of (field, wiretype, value)"""
    i, out = 0, []

    def varint(i):
        r = sh = 0
        while True:
            b = buf[i]
            r |= (b & 127) << sh
            i += 1
            sh += 7
            if b < 128:
                return r, i
    while i < len(buf):
        t, i = varint(i)
        f, w = t >> 3, t & 7
        if w == 0:
            v, i = varint(i)
        elif w == 1:
            v = buf[i:i + 8]; i += 8
        elif w == 2:
            n, i = varint(i)
            v = buf[i:i + n]; i += n
        elif w == 5:
            v = buf[i:i + 4]; i += 4
        else:
            raise Refuse('wire type %d' % w)
        out.append((f, w, v))
    return out


def pbget(msg, field):
    return [v for f, w, v in msg if f == field]


def sstable(path):
    """LevelDB-format table -> {key: value}"""
    b = open(path, 'rb').read()
    foot = b[-48:]

    def varint(buf, i):
        r = sh = 0
        while True:
            c = buf[i]
            r |= (c & 127) << sh
            i += 1
            sh += 7
            if c < 128:
                return r, i

    def block(off, size):
        assert b[off + size] == 0, 'compressed block'
        d = b[off:off + size]
        nr = struct.unpack('<I', d[-4:])[0]
        end = len(d) - 4 - 4 * nr
        i, key, out = 0, b'', []
        while i < end:
            sh, i = varint(d, i)
            ns, i = varint(d, i)
            vl, i = varint(d, i)
            key = key[:sh] + d[i:i + ns]; i += ns
            out.append((key, d[i:i + vl])); i += vl
        return out
    _, i = varint(foot, 0)
    _, i = varint(foot, i)
    io, i = varint(foot, i)
    isz, i = varint(foot, i)
    res = {}
    for _, v in block(io, isz):
        o, j = varint(v, 0)
        n, j = varint(v, j)
        for k, val in block(o, n):
            res[k.decode('utf8')] = val
    return res


DT = {1: '<f4', 2: '<f8', 3: '<i4', 9: '<i8', 10: '?', 14: 'bf16', 19: '<f2'}


def bundle(prefix):
    """variables/variables -> ({checkpoint key: array}, nodes of the checkpoint's object graph)"""
    out, graph = {}, []
    tab = sstable(prefix + '.index')
    shards = (pbget(pb(tab[b''.decode()]), 1) or [1])[0]  # BundleHeaderProto.num_shards
    for k, v in tab.items():
        if not k:
            continue
        m = pb(v)
        dt = (pbget(m, 1) or [0])[0]
        shp = []
        for sh in pbget(m, 2):
            for dim in pbget(pb(sh), 2):
                shp.append((pbget(pb(dim), 1) or [0])[0])
        shard, off, size = [(pbget(m, n) or [0])[0] for n in (3, 4, 5)]
        data = open('%s.data-%05d-of-%05d' % (prefix, shard, shards), 'rb').read()[off:off + size]
        if k == '_CHECKPOINTABLE_OBJECT_GRAPH':  # DT_STRING scalar: varint length, 4 bytes of crc, bytes
            i = n = sh = 0
            while True:
                c = data[i]; n |= (c & 127) << sh; i += 1; sh += 7
                if c < 128:
                    break
            for nd in pbget(pb(data[i + 4:i + 4 + n]), 1):
                nm = pb(nd)
                kids = {}
                for ch in pbget(nm, 1):
                    cm = pb(ch)
                    kids[pbget(cm, 2)[0].decode()] = (pbget(cm, 1) or [0])[0]
                keys = [pbget(pb(at), 3)[0].decode() for at in pbget(nm, 2)]
                graph.append((kids, keys))
            continue
        if dt not in DT:
            continue
        out[k] = np.frombuffer(data, DT[dt]).reshape(shp)
    return out, graph


def untag(x):
    """the tags of the JSON metadata: __tuple__ and TensorShape"""
    if isinstance(x, dict):
        if x.get('class_name') in ('__tuple__', 'TensorShape') and 'items' in x:
            return [untag(y) for y in x['items']]
        return dict((k, untag(v)) for k, v in x.items())
    if isinstance(x, list):
        return [untag(y) for y in x]
    return x


def object_graph(path):
    sm = pb(open(os.path.join(path, 'saved_model.pb'), 'rb').read())
    mg = pb(pbget(sm, 2)[0])
    og = pbget(mg, 7)
    if not og:
        raise Refuse('no object graph')
    nodes = []
    for n in pbget(pb(og[0]), 1):
        m = pb(n)
        kids = {}
        for c in pbget(m, 1):
            cm = pb(c)
            kids[pbget(cm, 2)[0].decode()] = (pbget(cm, 1) or [0])[0]
        node = {'children': kids, 'id': len(nodes)}
        for u in pbget(m, 4):  # user_object
            um = pb(u)
            node['identifier'] = (pbget(um, 1) or [b''])[0].decode()
            node['metadata'] = (pbget(um, 3) or [b''])[0].decode()
        for v in pbget(m, 7):  # variable
            vm = pb(v)
            node['variable'] = (pbget(vm, 6) or [b''])[0].decode()
            node['trainable'] = bool((pbget(vm, 3) or [0])[0])
        nodes.append(node)
    return nodes


def read_savedmodel(path):
    assets = os.path.join(path, 'assets', 'saved_model.json')
    if os.path.exists(assets):  # tf.keras.experimental.export_saved_model
        cfg = json.load(open(assets))
        ck = bundle(os.path.join(path, 'variables', 'variables'))
        return cfg, ('ckpt', ck), {'keras_version': cfg.get('keras_version'), 'backend': 'tensorflow'}
    nodes = object_graph(path)
    md = untag(json.loads(nodes[0]['metadata'])) if nodes[0].get('metadata') else None
    if not md or not md.get('config') or not md.get('class_name') in ('Sequential', 'Model', 'Functional'):
        raise Refuse('root object has no usable config: %s' % (md and md.get('class_name')))
    ck = bundle(os.path.join(path, 'variables', 'variables'))
    # checkpoint keys: the path over the object graph, in the trackable object graph of the checkpoint
    return ({'class_name': md['class_name'], 'config': md['config']}, ('ckpt', ck),
            {'keras_version': md.get('keras_version'), 'backend': md.get('backend', 'tensorflow')})


# ---------------------------------------------------------------- model
class Lay(object):
    def __init__(self, cls, cfg, name):
        self.cls, self.cfg, self.name = cls, cfg, name
        self.w = []
        self.inner = None  # Net, or Lay of a wrapper
        self.fw = self.bw = None
        self.nodes = []    # inbound nodes


class Net(object):
    pass


MODELS = ('Sequential', 'Model', 'Functional')


def norm_layer(l):
    """one entry of a `layers` list -> (class, config, name)"""
    cfg = l['config']
    nm = l.get('name') or (cfg.get('name') if isinstance(cfg, dict) else None)
    return l['class_name'], cfg, nm


def build_layer(cls, cfg, name, uid):
    if cls in MODELS:
        net = build_net(cls, cfg, uid)
        lay = Lay(cls, cfg, name or net.name)
        lay.inner = net
        return lay
    lay = Lay(cls, cfg, name)
    if cls == 'TimeDistributed':
        lay.inner = build_layer(*norm_layer(cfg['layer']), uid)
    elif cls == 'Bidirectional':
        # only `layer` is in the config; the backward copy has go_backwards inverted
        c, cf, nm = norm_layer(cfg['layer'])
        lay.fw = build_layer(c, dict(cf), 'forward_' + nm, uid)
        b = dict(cf)
        b['go_backwards'] = not cf.get('go_backwards', False)
        lay.bw = build_layer(c, b, 'backward_' + nm, uid)
    return lay


def build_net(cls, cfg, uid):
    net = Net()
    net.name = cfg.get('name') if isinstance(cfg, dict) else None
    if cls == 'Sequential':
        lst = cfg if isinstance(cfg, list) else cfg['layers']
        net.kind = 'seq'
        net.layers = []
        net.branches = None
        for i, l in enumerate(lst):
            c, cf, nm = norm_layer(l)
            if c == 'InputLayer':
                net.input_cfg = cf
                continue
            if c == 'Merge' and i == 0 and cf.get('layers'):
                net.branches = [build_layer(*norm_layer(b), uid) for b in cf['layers']]
            net.layers.append(build_layer(c, cf, nm, uid))
        return net
    net.kind = 'graph'
    net.layers = []
    by = {}
    for l in cfg['layers']:
        c, cf, nm = norm_layer(l)
        lay = build_layer(c, cf, nm, uid)
        lay.nodes = l['inbound_nodes']
        net.layers.append(lay)
        by[nm] = lay
    net.by = by
    net.graph0 = cfg.get('graph', False)
    one = lambda x: [x] if x and isinstance(x[0], str) else list(x)
    net.inputs = one(cfg['input_layers'])
    net.outputs = one(cfg['output_layers'])
    return net


def flattened(net):
    """the layers in the order of layer_names: Sequential starting with Merge flattens its branches' layers"""
    if net.kind == 'seq' and net.branches:
        out = []
        for b in net.branches:
            for l in (flattened(b.inner) if b.inner is not None and b.inner.kind == 'seq' else b.inner.layers if b.inner is not None else [b]):
                if l.name not in [x.name for x in out]:
                    out.append(l)
        return out + net.layers[1:] if True else out
    return list(net.layers)


# number of weights of each leaf layer: (trainable, non-trainable) by config
def bias(c):
    return c.get('use_bias', c.get('bias', True))


def n_weights(l, k1):
    c, cls = l.cfg, l.cls
    if cls in ('Dense', 'TimeDistributedDense', 'Conv1D', 'Conv2D', 'Conv3D', 'Convolution1D', 'Convolution2D', 'Convolution3D', 'Conv2DTranspose', 'Conv3DTranspose',
               'AtrousConvolution1D', 'AtrousConvolution2D', 'Deconvolution2D', 'DepthwiseConv2D', 'LocallyConnected1D', 'LocallyConnected2D', 'MaxoutDense'):
        return (1 + bool(bias(c)), 0)
    if cls in ('SeparableConv1D', 'SeparableConv2D', 'SeparableConvolution2D'):
        return (2 + bool(bias(c)), 0)
    if cls == 'Highway':
        return (2 + 2 * bool(bias(c)), 0)
    if cls == 'BatchNormalization':
        return (2, 2) if k1 else (int(c.get('scale', True)) + int(c.get('center', True)), 2)
    if cls == 'LayerNormalization':
        return (int(c.get('scale', True)) + int(c.get('center', True)), 0)
    if cls == 'PReLU' or cls == 'Embedding':
        return (1, 0)
    if cls == 'ParametricSoftplus':
        return (2, 0)
    if cls == 'SReLU':
        return (4, 0)
    if cls in ('SimpleRNN', 'LSTM', 'GRU', 'CuDNNLSTM', 'CuDNNGRU', 'ConvLSTM2D'):
        if k1:
            n = {'SimpleRNN': 3, 'LSTM': 12, 'GRU': 9, 'ConvLSTM2D': 12}[cls]
            if cls != 'SimpleRNN' and c.get('consume_less') == 'gpu':
                n = 3
            return (n, 0)
        return (2 + bool(bias(c)), 0)
    return (0, 0)


def leaves(l, trainable=True):
    """(leaf, effective trainable) in weight order"""
    tr = trainable and (l.cfg.get('trainable', True) if isinstance(l.cfg, dict) else True)
    if l.inner is not None and isinstance(l.inner, Net):
        out = []
        for x in l.inner.layers:
            out += leaves(x, tr)
        return out
    if l.inner is not None:
        return leaves(l.inner, tr)
    if l.fw is not None:
        return leaves(l.fw, tr) + leaves(l.bw, tr)
    return [(l, tr)]


def assign(l, arrs, k1):
    """distribute the list of arrays of one top-level layer: all trainable ones first, then the others"""
    ls = []
    for x, t in leaves(l):
        if x not in [y for y, _ in ls]:
            ls.append((x, t))
    if len(ls) == 1:
        ls[0][0].w = [np.asarray(a, 'float64') for _, a in arrs]
        return
    it = iter(arrs)
    tw, nw = {}, {}
    try:
        for x, t in ls:
            a, b = n_weights(x, k1)
            tw[x] = [next(it)[1] for _ in range(a)] if t else []
        for x, t in ls:
            a, b = n_weights(x, k1)
            nw[x] = [next(it)[1] for _ in range(b if t else a + b)]
    except StopIteration:
        raise Refuse('too few weights for %s' % l.name)
    if list(it):
        raise Refuse('too many weights for %s' % l.name)
    for x, _ in ls:
        x.w = [np.asarray(a, 'float64') for a in tw[x] + nw[x]]


# ---------------------------------------------------------------- maths
def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -700, 700)))


ACT = {
    'linear': lambda x: x, 'relu': lambda x: np.maximum(x, 0), 'tanh': np.tanh, 'sigmoid': sigmoid,
    'hard_sigmoid': lambda x: np.clip(0.2 * x + 0.5, 0, 1), 'softplus': lambda x: np.logaddexp(x, 0),
    'softsign': lambda x: x / (1 + np.abs(x)), 'elu': lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    'selu': lambda x: 1.0507009873554804934193349852946 * np.where(x > 0, x, 1.6732632423543772848170429916717 * np.expm1(np.minimum(x, 0))),
    'exponential': np.exp, 'swish': lambda x: x * sigmoid(x), 'relu6': lambda x: np.clip(x, 0, 6),
}


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def act(name, x):
    if name is None:
        return x
    if isinstance(name, dict):
        name = name.get('class_name') or name
    if name == 'softmax':
        return softmax(x)
    if name not in ACT:
        raise Refuse('activation %s' % name)
    return ACT[name](x)


def ntuple(x, n):
    return tuple(x) if isinstance(x, (list, tuple)) else (x,) * n


def same_pad(n, k, st, dil, theano):
    ke = (k - 1) * dil + 1
    if theano:
        # half padding, output cut to ceil(n/st)
        out = (n + st - 1) // st
        before = ke // 2
        return before, max((out - 1) * st + ke - n - before, 0)
    out = -(-n // st)
    tot = max((out - 1) * st + ke - n, 0)
    return tot // 2, tot - tot // 2


def convnd(x, w, st, pad, dil, theano=False):
    """x: (b, *sp, in), w: (*k, in, out); correlation"""
    nd = w.ndim - 2
    pads = []
    for i in range(nd):
        n, k = x.shape[1 + i], w.shape[i]
        if pad == 'same':
            pads.append(same_pad(n, k, st[i], dil[i], theano))
        elif pad == 'causal':
            pads.append(((k - 1) * dil[i], 0))
        elif pad == 'full':
            pads.append((k - 1, k - 1))
        else:
            pads.append((0, 0))
    x = np.pad(x, [(0, 0)] + pads + [(0, 0)], mode='constant')
    outs = [(x.shape[1 + i] - ((w.shape[i] - 1) * dil[i] + 1)) // st[i] + 1 for i in range(nd)]
    if pad == 'same':
        pass
    y = np.zeros((x.shape[0],) + tuple(outs) + (w.shape[-1],))
    for idx in np.ndindex(*w.shape[:nd]):
        sl = tuple(slice(idx[i] * dil[i], idx[i] * dil[i] + (outs[i] - 1) * st[i] + 1, st[i]) for i in range(nd))
        y += np.tensordot(x[(slice(None),) + sl], w[idx], axes=([nd + 1], [0]))
    return y


def deconv(x, w, st, pad, outpad=None, theano=False):
    """x (b,h,w,in), w (kh,kw,out,in) -> transposed convolution"""
    b, h, wd, _ = x.shape
    kh, kw, co, _ = w.shape

    def olen(n, k, s_, i):
        if outpad is not None and outpad[i] is not None:
            p = k // 2 if pad == 'same' else 0
            return (n - 1) * s_ + k - 2 * p + outpad[i]
        return n * s_ if pad == 'same' else (n - 1) * s_ + max(k, s_) if not isinstance(pad, tuple) else None
    full = np.zeros((b, (h - 1) * st[0] + kh, (wd - 1) * st[1] + kw, co))
    for i in range(kh):
        for j in range(kw):
            full[:, i:i + (h - 1) * st[0] + 1:st[0], j:j + (wd - 1) * st[1] + 1:st[1]] += np.tensordot(x, w[i, j], axes=([3], [1]))
    oh, ow = olen(h, kh, st[0], 0), olen(wd, kw, st[1], 1)
    if pad == 'same':
        # the padding of the forward convolution over the output
        ph = same_pad(oh, kh, st[0], 1, theano)[0]
        pw = same_pad(ow, kw, st[1], 1, theano)[0]
    else:
        ph = pw = 0
    full = np.pad(full, [(0, 0), (0, max(0, oh + ph - full.shape[1])), (0, max(0, ow + pw - full.shape[2])), (0, 0)], mode='constant')
    return full[:, ph:ph + oh, pw:pw + ow]


def poolnd(x, size, st, pad, kind, theano=False):
    nd = len(size)
    pads, outs = [], []
    for i in range(nd):
        n, k = x.shape[1 + i], size[i]
        if pad == 'same':
            if theano:
                p = k - 2 if k > 2 and k % 2 == 1 else k - 1
                o = (n + st[i] - 1) // st[i]
                pads.append((p, max((o - 1) * st[i] + k - n - p, 0)))
                outs.append(o)
                continue
            pads.append(same_pad(n, k, st[i], 1, False))
        else:
            pads.append((0, 0))
        outs.append((n + sum(pads[-1]) - k) // st[i] + 1)
    fill = -np.inf if kind == 'max' else 0.0
    xp = np.pad(x, [(0, 0)] + pads + [(0, 0)], mode='constant', constant_values=fill)
    ones = np.pad(np.ones(x.shape[1:-1]), pads, mode='constant')
    y = np.full((x.shape[0],) + tuple(outs) + (x.shape[-1],), -np.inf if kind == 'max' else 0.0)
    cnt = np.zeros(outs)
    for idx in np.ndindex(*size):
        sl = tuple(slice(idx[i], idx[i] + (outs[i] - 1) * st[i] + 1, st[i]) for i in range(nd))
        v = xp[(slice(None),) + sl]
        if kind == 'max':
            y = np.maximum(y, v)
        else:
            y = y + v
            cnt += ones[sl]
    return y if kind == 'max' else y / cnt[None, ..., None]


class Env(object):
    def __init__(self, info, hints, case):
        v = info.get('keras_version')
        self.tfk = False
        if v and '-tf' in v:
            self.tfk = True
            v = v.replace('-tf', '')
        self.ver = tuple(int(re.sub(r'\D.*', '', p) or 0) for p in v.split('.')) if v else None
        self.k1 = self.ver is None or self.ver < (2,)
        if case.get('impl') == 'tf.keras':  # SavedModel metadata may lack the version
            self.k1, self.tfk = False, True
        self.theano = (info.get('backend') == 'theano') or bool(hints.get('theano_kernels')) or (self.k1 and case['backend'] == 'theano')
        self.hints = hints
        self.order = hints.get('dim_ordering')
        self.halfpix = self.tfk and self.ver is not None


def chan_first(l, env):
    c = l.cfg
    v = c.get('data_format') or c.get('dim_ordering') or (env.order if env.k1 else None)
    if v in (None, 'default'):
        v = env.order or 'tf'
    return v in ('channels_first', 'th')


def to_last(x, cf):
    return np.moveaxis(x, 1, -1) if cf else x


def from_last(x, cf):
    return np.moveaxis(x, -1, 1) if cf else x


RNN = ('SimpleRNN', 'LSTM', 'GRU', 'CuDNNLSTM', 'CuDNNGRU')


def rnn_weights(l, env):
    """-> (W, U, b, b_recurrent or None) with gates side by side; LSTM i,f,c,o; GRU z,r,h"""
    c, w, cls = l.cfg, l.w, l.cls
    if env.k1:
        if cls == 'SimpleRNN' or c.get('consume_less') == 'gpu':
            return w[0], w[1], w[2], None
        n = 4 if cls == 'LSTM' else 3
        order = [0, 2, 1, 3] if cls == 'LSTM' else [0, 1, 2]  # stored i,c,f,o
        return [np.concatenate([w[3 * g + j] for g in order], axis=-1) for j in range(3)] + [None]
    if cls in ('CuDNNLSTM', 'CuDNNGRU'):
        n = 4 if cls == 'CuDNNLSTM' else 3
        u = w[1].shape[0]
        # each gate's block is stored transposed-and-reshaped (CuDNN order); biases: input | recurrent
        if cls == 'CuDNNLSTM':
            W = np.hstack([k.T.reshape(k.shape) if False else k for k in np.hsplit(w[0], n)])
        W, U = w[0], w[1]
        return W, U, w[2], 'cudnn'
    b = w[2] if len(w) > 2 else None
    return w[0], w[1], b, None


def run_rnn(l, x, mask, env, initial=None):
    c, cls = l.cfg, l.cls
    W, U, b, kind = rnn_weights(l, env)
    u = U.shape[0]
    a = c.get('activation', 'tanh')
    ra = c.get('inner_activation', c.get('recurrent_activation', 'sigmoid'))
    reset_after = c.get('reset_after', False)
    br = None
    lstm = cls in ('LSTM', 'CuDNNLSTM')
    if kind == 'cudnn':
        a, ra = 'tanh', 'sigmoid'
        n = 4 if lstm else 3
        # Keras' own conversion: kernels transposed per gate, GRU gates r,z swapped?
        W, U, b, br = cudnn_to_plain(W, U, b, lstm)
        reset_after = not lstm
        if lstm:
            b = b + br
            br = None
    elif reset_after and b is not None:
        b, br = b[0], b[1]
    if b is None:
        b = np.zeros(W.shape[1])
    go_back = c.get('go_backwards', False)
    T = x.shape[1]
    steps = range(T - 1, -1, -1) if go_back else range(T)
    h = np.zeros((x.shape[0], u)) if initial is None else initial[0]
    cc = np.zeros_like(h) if initial is None or len(initial) < 2 else initial[1]
    outs = []
    out_prev = np.zeros_like(h)
    for t in steps:
        xt = x[:, t]
        z = xt @ W + b
        if cls == 'SimpleRNN':
            hn = act(a, z + h @ U)
            cn = cc
        elif lstm:
            z = z + h @ U
            i, f, g, o = [z[:, k * u:(k + 1) * u] for k in range(4)]
            cn = act(ra, f) * cc + act(ra, i) * act(a, g)
            hn = act(ra, o) * act(a, cn)
        else:
            cn = cc
            if reset_after:
                r_ = h @ U + (br if br is not None else 0)
                zz = act(ra, z[:, :u] + r_[:, :u])
                rr = act(ra, z[:, u:2 * u] + r_[:, u:2 * u])
                hh = act(a, z[:, 2 * u:] + rr * r_[:, 2 * u:])
            else:
                zz = act(ra, z[:, :u] + h @ U[:, :u])
                rr = act(ra, z[:, u:2 * u] + h @ U[:, u:2 * u])
                hh = act(a, z[:, 2 * u:] + (rr * h) @ U[:, 2 * u:])
            hn = zz * h + (1 - zz) * hh
        if mask is not None:
            m = mask[:, t][:, None]
            out = np.where(m, hn, out_prev)
            h = np.where(m, hn, h)
            cc = np.where(m, cn, cc)
        else:
            out, h, cc = hn, hn, cn
        out_prev = out
        outs.append(out)
    seq = np.stack(outs, axis=1)
    states = [h, cc] if lstm else [h]
    y = seq if c.get('return_sequences') else outs[-1]
    return ([y] + states) if c.get('return_state') else y


def cudnn_to_plain(W, U, b, lstm):
    n = 4 if lstm else 3
    # kernels: each gate's (in,u) block holds the transposed matrix in C order
    tr = lambda M: np.hstack([k.T.reshape(k.shape, order='F') for k in np.hsplit(M, n)])
    tu = lambda M: np.hstack([k.T for k in np.hsplit(M, n)])
    bi, br = b[:b.size // 2], b[b.size // 2:]
    return tr(W), tu(U), bi, br


def run_layer(l, xs, ms, env):
    """xs: list of arrays, ms: list of masks -> (outputs list, masks list)"""
    c, cls, w = l.cfg, l.cls, l.w
    x = xs[0]
    m = ms[0]
    k1 = env.k1
    if l.inner is not None and isinstance(l.inner, Net):
        outs = run_net(l.inner, xs, env, ms)
        return outs
    if cls in ('Dropout', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'SpatialDropout1D', 'SpatialDropout2D', 'SpatialDropout3D', 'ActivityRegularization', 'InputLayer'):
        return [x], [m]
    if cls == 'Activation':
        return [act(c['activation'], x)], [m]
    if cls in ('Dense', 'TimeDistributedDense'):
        y = x @ w[0]
        if len(w) > 1:
            y = y + w[1]
        return [act(c.get('activation'), y)], [m]
    if cls == 'BatchNormalization':
        eps = c.get('epsilon', 1e-3)
        mode = c.get('mode', 0)
        ax = c.get('axis', -1)
        if isinstance(ax, list):
            ax = ax[0]
        if k1 and mode == 1:
            mu = x.mean(-1, keepdims=True)
            if env.ver is not None and env.ver >= (1, 0, 6):
                sd = np.sqrt(x.var(-1, keepdims=True) + eps)
            else:
                sd = x.std(-1, keepdims=True)
            return [w[0] * ((x - mu) / (sd + eps)) + w[1]], [m]
        shp = [1] * x.ndim
        shp[ax] = x.shape[ax]
        i = 0
        g = be = None
        if k1 or c.get('scale', True):
            g = w[i]; i += 1
        if k1 or c.get('center', True):
            be = w[i]; i += 1
        mu, v = w[i], w[i + 1]
        if k1 and mode == 2:
            axes = tuple(a for a in range(x.ndim) if a != ax % x.ndim)
            mu, v = x.mean(axes), x.var(axes)
        if k1 and (env.ver is None or env.ver < (1, 0, 6)):
            y = (x - mu.reshape(shp)) / (v.reshape(shp) + eps)  # running_std is a real standard deviation
        else:
            y = (x - mu.reshape(shp)) / np.sqrt(v.reshape(shp) + eps)
        if g is not None:
            y = y * g.reshape(shp)
        if be is not None:
            y = y + be.reshape(shp)
        return [y], [m]
    if cls == 'LayerNormalization':
        ax = c['axis'] if isinstance(c['axis'], list) else [c['axis']]
        ax = tuple(a % x.ndim for a in ax)
        mu = x.mean(ax, keepdims=True)
        v = x.var(ax, keepdims=True)
        shp = [x.shape[i] if i in ax else 1 for i in range(x.ndim)]
        y = (x - mu) / np.sqrt(v + c['epsilon'])
        i = 0
        if c['scale']:
            y = y * w[i].reshape(shp); i += 1
        if c['center']:
            y = y + w[i].reshape(shp)
        return [y], [m]
    if cls == 'LeakyReLU':
        return [np.where(x > 0, x, float(c['alpha']) * x)], [m]
    if cls == 'PReLU':
        return [np.where(x > 0, x, w[0] * x)], [m]
    if cls == 'ELU':
        a = float(c['alpha'])
        return [np.where(x > 0, x, a * np.expm1(np.minimum(x, 0)))], [m]
    if cls == 'ThresholdedReLU':
        return [x * (x > float(c['theta']))], [m]
    if cls == 'ParametricSoftplus':
        return [w[0] * np.logaddexp(w[1] * x, 0)], [m]
    if cls == 'SReLU':
        tl, al, tr, ar = w
        tra = tl + np.abs(tr)
        d = x - tl
        y = tl + np.where(d > 0, np.minimum(d, tra - tl), al * d)
        return [y + np.maximum(x - tra, 0) * ar], [m]
    if cls == 'ReLU':
        mx, ns, th = c.get('max_value'), c.get('negative_slope', 0.0) or 0.0, c.get('threshold', 0.0) or 0.0
        unw = lambda v: v['value'] if isinstance(v, dict) else v
        mx, ns, th = unw(mx), float(unw(ns)), float(unw(th))
        y = np.where(x >= th, x, ns * (x - th))
        if mx is not None:
            y = np.minimum(y, float(mx))
        return [y], [m]
    if cls == 'Softmax':
        return [softmax(x, c.get('axis', -1))], [m]
    if cls == 'MaxoutDense':
        y = np.einsum('bi,kio->bko', x, w[0])
        if len(w) > 1:
            y = y + w[1]
        return [y.max(1)], [None]
    if cls == 'Highway':
        # W, W_carry, (b, b_carry)
        # before 1.2: W, b, W_carry, b_carry
        W, Wc = [a for a in w if a.ndim == 2]
        b, bc = [a for a in w if a.ndim == 1] or (0, 0)
        t = sigmoid(x @ Wc + bc)
        a = act(c['activation'], x @ W + b)
        return [a * t + (1 - t) * x], [None]
    if cls == 'Flatten':
        if c.get('data_format') == 'channels_first' and x.ndim > 2:
            x = np.moveaxis(x, 1, -1)
        return [x.reshape(x.shape[0], -1)], [None]
    if cls == 'Reshape':
        return [x.reshape((x.shape[0],) + tuple(c['target_shape']))], [None]
    if cls == 'Permute':
        return [np.transpose(x, (0,) + tuple(c['dims']))], [None]
    if cls == 'RepeatVector':
        return [np.repeat(x[:, None], c['n'], axis=1)], [None]
    if cls == 'Embedding':
        ids = x.astype('int64')
        return [w[0][ids]], [ids != 0 if c.get('mask_zero') else None]
    if cls == 'Masking':
        mk = np.any(x != c['mask_value'], axis=-1)
        return [x * mk[..., None]], [mk]
    if cls == 'Merge':
        return [merge1(c, xs, env)], [merge_mask(ms, xs, c)]
    if cls in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot'):
        return [merge2(cls, c, xs, env)], [None]
    if cls == 'TensorFlowOpLayer':
        op = c['node_def']['op']
        args = list(xs)
        for k in sorted(c['constants'], key=int):
            args.insert(int(k), np.asarray(c['constants'][k]))
        f = {'Mul': lambda a, b: a * b, 'AddV2': lambda a, b: a + b, 'Sub': lambda a, b: a - b, 'Relu': lambda a: np.maximum(a, 0)}
        if op not in f:
            raise Refuse('op %s' % op)
        return [f[op](*args)], [None]
    if cls == 'TimeDistributed':
        b, t = x.shape[:2]
        inner = l.inner
        outs, _ = run_layer(inner, [x.reshape((b * t,) + x.shape[2:])], [None], env)
        return [o.reshape((b, t) + o.shape[1:]) for o in outs], [m]
    if cls == 'Bidirectional':
        f = run_rnn(l.fw, x, m, env)
        b = run_rnn(l.bw, x, m, env)
        if l.fw.cfg.get('return_sequences'):
            b = b[:, ::-1]
        mode = c.get('merge_mode')
        mk = m if l.fw.cfg.get('return_sequences') else None
        if mode is None:
            return [f, b], [mk, mk]
        y = {'concat': lambda: np.concatenate([f, b], -1), 'sum': lambda: f + b, 'ave': lambda: (f + b) / 2, 'mul': lambda: f * b}[mode]()
        return [y], [mk]
    if cls in RNN:
        init = None
        if len(xs) > 1:
            init = xs[1:]
        y = run_rnn(l, x, m, env, init)
        mk = m if c.get('return_sequences') else None
        if isinstance(y, list):
            return y, [mk] + [None] * (len(y) - 1)
        return [y], [mk]
    return run_conv(l, xs, ms, env)


def run_conv(l, xs, ms, env):
    c, cls, w = l.cfg, l.cls, l.w
    x, m = xs[0], ms[0]
    k1, th = env.k1, env.theano
    pad = c.get('padding', c.get('border_mode', 'valid'))
    fin = lambda y: act(c.get('activation'), y)
    if cls in ('Convolution1D', 'AtrousConvolution1D', 'Conv1D'):
        W = w[0]
        if k1:
            W = W if W.shape[1] == 1 and env.ver >= (1, 1) else None
            if W is None:  # (nb_filter, input_dim, length, 1) before 1.1
                W = np.transpose(w[0], (2, 3, 1, 0))
            W = W[:, 0]
            st, dil = c.get('subsample_length', 1), c.get('atrous_rate', 1)
            if th:
                W = W[::-1]
        else:
            st, dil = ntuple(c['strides'], 1)[0], ntuple(c.get('dilation_rate', 1), 1)[0]
            if th:
                W = W[::-1]
        y = convnd(x, W, (st,), pad, (dil,), th)
        if len(w) > 1:
            y = y + w[1]
        return [fin(y)], [None]
    if cls in ('Convolution2D', 'AtrousConvolution2D', 'Conv2D', 'Convolution3D', 'Conv3D'):
        nd = 3 if '3D' in cls else 2
        cf = chan_first(l, env)
        W = w[0]
        if k1 and cf:
            W = np.transpose(W, tuple(range(2, 2 + nd)) + (1, 0))
        st = ntuple(c.get('strides', c.get('subsample', 1)), nd)
        dil = ntuple(c.get('dilation_rate', c.get('atrous_rate', 1)), nd)
        if th:
            W = W[(slice(None, None, -1),) * nd]
        y = convnd(to_last(x, cf), W, st, pad, dil, th)
        if len(w) > 1:
            y = y + w[1]
        return [fin(from_last(y, cf))], [None]
    if cls in ('Conv2DTranspose', 'Deconvolution2D'):
        cf = chan_first(l, env)
        W = w[0]
        if k1:
            W = np.transpose(W, (2, 3, 0, 1)) if cf else np.transpose(W, (0, 1, 3, 2))  # stored as a convolution's
        st = ntuple(c.get('strides', c.get('subsample', 1)), 2)
        if th:
            W = W[::-1, ::-1]
        y = deconv(to_last(x, cf), W, st, pad, ntuple(c['output_padding'], 2) if c.get('output_padding') is not None else None, th)
        if len(w) > 1:
            y = y + w[1]
        return [fin(from_last(y, cf))], [None]
    if cls in ('SeparableConv2D', 'SeparableConvolution2D', 'SeparableConv1D', 'DepthwiseConv2D'):
        cf = chan_first(l, env) if cls != 'SeparableConv1D' else False
        D = w[0]
        if k1 and cf:
            D = np.transpose(D, (2, 3, 1, 0))
        xl = to_last(x, cf)
        if cls == 'SeparableConv1D':
            xl = xl[:, None]
            D = D[None]
        st = ntuple(c.get('strides', c.get('subsample', 1)), 2 if cls != 'SeparableConv1D' else 1)
        if cls == 'SeparableConv1D':
            st = (1,) + st if False else (st[0], st[0])
        y = []
        kh, kw, ci, dm = D.shape
        outs = []
        for i in range(ci):
            o = convnd(xl[..., i:i + 1], D[:, :, i:i + 1, :], st if cls != 'SeparableConv1D' else (1, st[1]), pad, (1, 1), th)
            outs.append(o)
        y = np.concatenate(outs, -1)
        if cls != 'DepthwiseConv2D':
            P = w[1]
            if k1 and cf:
                P = np.transpose(P, (2, 3, 1, 0))
            y = y @ P.reshape(-1, P.shape[-1])
            bi = 2
        else:
            bi = 1
        if len(w) > bi:
            y = y + w[bi]
        if cls == 'SeparableConv1D':
            y = y[:, 0]
        return [fin(from_last(y, cf))], [None]
    mt = re.match(r'(Max|Average)Pooling(\d)D$', cls)
    if mt:
        nd = int(mt.group(2))
        cf = chan_first(l, env) if nd > 1 or c.get('data_format') else False
        size = ntuple(c.get('pool_size', c.get('pool_length')), nd)
        st = c.get('strides', c.get('stride'))
        st = ntuple(st if st is not None else size, nd)
        y = poolnd(to_last(x, cf), size, st, pad, 'max' if mt.group(1) == 'Max' else 'avg', th)
        return [from_last(y, cf)], [None]
    mt = re.match(r'Global(Max|Average)Pooling(\d)D$', cls)
    if mt:
        nd = int(mt.group(2))
        cf = chan_first(l, env) if nd > 1 or c.get('data_format') else False
        xl = to_last(x, cf)
        ax = tuple(range(1, 1 + nd))
        if mt.group(1) == 'Max':
            return [xl.max(ax)], [None]
        if m is not None and nd == 1 and not k1:
            mm = m[..., None].astype(float)
            return [(xl * mm).sum(1) / mm.sum(1)], [None]
        return [xl.mean(ax)], [None]
    mt = re.match(r'(UpSampling|ZeroPadding|Cropping)(\d)D$', cls)
    if mt:
        nd = int(mt.group(2))
        cf = chan_first(l, env) if nd > 1 else False
        y = to_last(x, cf)
        kind = mt.group(1)
        if kind == 'UpSampling':
            if c.get('interpolation', 'nearest') == 'bilinear':
                for i, r in enumerate(ntuple(c['size'], nd)):
                    n = y.shape[1 + i]
                    pos = (np.arange(n * r) + 0.5) / r - 0.5 if env.halfpix else np.arange(n * r) / float(r)
                    pos = np.clip(pos, 0, n - 1)
                    lo = np.floor(pos).astype(int)
                    hi = np.minimum(lo + 1, n - 1)
                    fr = (pos - lo).reshape((-1,) + (1,) * (y.ndim - 2 - i))
                    y = np.take(y, lo, 1 + i) * (1 - fr) + np.take(y, hi, 1 + i) * fr
                return [from_last(y, cf)], [None]
            for i, r in enumerate(ntuple(c.get('size', c.get('length')), nd)):
                y = np.repeat(y, r, axis=1 + i)
        else:
            p = c['padding' if kind == 'ZeroPadding' else 'cropping']
            if nd == 1 and not isinstance(p, (list, tuple, dict)):
                p = [[p, p]]
            elif nd == 1:
                p = [[p['left_pad'], p['right_pad']]] if isinstance(p, dict) else [p if len(p) == 2 else [p[0]] * 2]
            elif isinstance(p, dict):
                p = [[p.get('top_pad', 0), p.get('bottom_pad', 0)], [p.get('left_pad', 0), p.get('right_pad', 0)]]
            elif len(p) == 4 and nd == 2:
                p = [p[:2], p[2:]]
            else:
                p = [q if isinstance(q, (list, tuple)) else [q, q] for q in ntuple(p, nd)]
            if kind == 'ZeroPadding':
                y = np.pad(y, [(0, 0)] + [tuple(q) for q in p] + [(0, 0)], mode='constant')
            else:
                sl = tuple(slice(q[0], y.shape[1 + i] - q[1]) for i, q in enumerate(p))
                y = y[(slice(None),) + sl]
        return [from_last(y, cf)], [None]
    if cls == 'LocallyConnected1D':
        W = w[0]
        n = W.shape[0]
        k = c.get('filter_length') or ntuple(c['kernel_size'], 1)[0]
        st = c.get('subsample_length') or ntuple(c['strides'], 1)[0]
        y = np.stack([x[:, i * st:i * st + k].reshape(x.shape[0], -1) @ W[i] for i in range(n)], 1)
        if len(w) > 1:
            y = y + w[1]
        return [fin(y)], [None]
    if cls == 'LocallyConnected2D':
        W = w[0]
        cf = chan_first(l, env)
        kh, kw = (c['nb_row'], c['nb_col']) if k1 else c['kernel_size']
        sh, sw = ntuple(c.get('strides', c.get('subsample', 1)), 2)
        H, Wd = (x.shape[2], x.shape[3]) if cf else (x.shape[1], x.shape[2])
        oh, ow = (H - kh) // sh + 1, (Wd - kw) // sw + 1
        y = []
        for i in range(oh):
            for j in range(ow):
                p = x[:, :, i * sh:i * sh + kh, j * sw:j * sw + kw] if cf else x[:, i * sh:i * sh + kh, j * sw:j * sw + kw]
                y.append(p.reshape(x.shape[0], -1) @ W[i * ow + j])
        y = np.stack(y, 1).reshape(x.shape[0], oh, ow, -1)
        b = w[1] if len(w) > 1 else 0
        if cf:
            y = np.moveaxis(y, -1, 1)
            if len(w) > 1:
                # the (rows, cols, filters) bias is RESHAPED to (filters, rows, cols), not transposed
                b = b.reshape((1,) + y.shape[1:])
        return [fin(y + b)], [None]
    raise Refuse('layer %s' % cls)


def batch_dot(a, b, axes):
    a_, b_ = axes
    la = 'b' + 'ijklm'[:a.ndim - 1]
    lb = 'b' + 'pqrst'[:b.ndim - 1]
    lb = lb[:b_] + la[a_] + lb[b_ + 1:]
    out = 'b' + la[1:].replace(la[a_], '') + lb[1:].replace(la[a_], '')
    y = np.einsum('%s,%s->%s' % (la, lb, out), a, b)
    return y[:, None] if y.ndim == 1 else y


def merge1(c, xs, env):
    mode = c['mode']
    if c.get('mode_type', 'raw') != 'raw':
        raise Refuse('merge mode is code')
    if mode in ('sum', 'ave'):
        y = sum(xs)
        return y / len(xs) if mode == 'ave' else y
    if mode == 'mul':
        y = xs[0]
        for z in xs[1:]:
            y = y * z
        return y
    if mode == 'max':
        y = xs[0]
        for z in xs[1:]:
            y = np.maximum(y, z)
        return y
    if mode == 'concat':
        return np.concatenate(xs, c['concat_axis'])
    ax = c['dot_axes']
    if isinstance(ax, int):
        ax = [ax % xs[0].ndim, ax % xs[1].ndim]
    ax = [a[0] if isinstance(a, (list, tuple)) else a for a in ax]
    if mode == 'dot':
        return batch_dot(xs[0], xs[1], ax)
    if mode == 'cos':
        a, b = xs
        den = np.sqrt(batch_dot(a, a, [ax[0]] * 2) * batch_dot(b, b, [ax[1]] * 2))
        return (batch_dot(a, b, ax) / np.maximum(den, 1e-7))[:, None]
    raise Refuse('merge mode %s' % mode)


def merge_mask(ms, xs, c):
    return None


def merge2(cls, c, xs, env):
    if cls in ('Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'):
        # Keras broadcasts after aligning the ranks behind the batch axis
        nd = max(x.ndim for x in xs)
        xs = [x.reshape((x.shape[0],) + (1,) * (nd - x.ndim) + x.shape[1:]) for x in xs]
        y = xs[0]
        for z in xs[1:]:
            y = {'Add': np.add, 'Average': np.add, 'Subtract': np.subtract, 'Multiply': np.multiply, 'Maximum': np.maximum, 'Minimum': np.minimum}[cls](y, z)
        return y / len(xs) if cls == 'Average' else y
    if cls == 'Concatenate':
        return np.concatenate(xs, c['axis'])
    ax = c['axes']
    a, b = xs
    ax = [ax % a.ndim, ax % b.ndim] if isinstance(ax, int) else [q % z.ndim for q, z in zip(ax, xs)]
    if c.get('normalize'):
        a = a / np.sqrt(np.maximum((a * a).sum(ax[0], keepdims=True), 1e-12))
        b = b / np.sqrt(np.maximum((b * b).sum(ax[1], keepdims=True), 1e-12))
    return batch_dot(a, b, ax)


def run_net(net, xs, env, ms=None):
    ms = ms or [None] * len(xs)
    if net.kind == 'seq':
        i = 0
        if net.branches:
            outs, used = [], 0
            cur = []
            for b in net.branches:
                n = n_inputs(b)
                o, mm = run_layer(b, xs[used:used + n], ms[used:used + n], env)
                used += n
                cur.append((o[0], mm[0]))
            x, m = run_layer(net.layers[0], [o for o, _ in cur], [mm for _, mm in cur], env)
            i = 1
        else:
            x, m = xs, ms
        for l in net.layers[i:]:
            x, m = run_layer(l, x, m, env)
        return x, m
    vals = {}

    def key(ref):
        return (ref[0], ref[1], ref[2])
    for ref, x, m in zip(net.inputs, xs, ms):
        vals[key(ref)] = (x, m)
        lay, k = net.by[ref[0]], ref[1]
        while lay.cls != 'InputLayer' and lay.nodes:  # Keras 1: an identity layer stands for the input
            up = node_refs(lay.nodes[k])[0][0]
            vals.setdefault(key(up), (x, m))
            lay, k = net.by[up[0]], up[1]
    # run nodes as their inputs become known (node order in the file is not always topological)
    pending = []
    for l in net.layers:
        for k, node in enumerate(l.nodes):
            pending.append((l, k, node))
    # a nested model has one node of its own (input -> output) before its first call, so the first
    # call is node 1, though its inbound_nodes list has it at place 0
    top = {}
    for l in net.layers:
        for node in l.nodes:
            rs, ex = node_refs(node)
            for r in rs:
                top[r[0]] = max(top.get(r[0], 0), r[1])
    for r in net.outputs:
        top[r[0]] = max(top.get(r[0], 0), r[1])
    offset = dict((l.name, 1) for l in net.layers if isinstance(l.inner, Net) and top.get(l.name, 0) >= len(l.nodes))
    while pending:
        rest = []
        for l, k, node in pending:
            refs, extra = node_refs(node)
            if all(key(r) in vals for r in refs):
                ins = [vals[key(r)] for r in refs]
                st = extra.get('initial_state')
                if st:
                    st = [st] if isinstance(st[0], str) else st
                    if not all((q[0], q[1], q[2]) in vals for q in st):
                        rest.append((l, k, node)); continue
                    ins = ins + [vals[(q[0], q[1], q[2])] for q in st]
                o, mm = run_layer(l, [a for a, _ in ins], [b for _, b in ins], env)
                for t, v in enumerate(o):
                    vals[(l.name, k + offset.get(l.name, 0), t)] = (v, mm[t] if t < len(mm) else None)
            else:
                rest.append((l, k, node))
        if len(rest) == len(pending):
            raise Refuse('unreachable nodes: %s' % [(l.name, k) for l, k, _ in rest])
        pending = rest
    out = [vals[key(r)] for r in net.outputs]
    return [a for a, _ in out], [b for _, b in out]


def node_refs(node):
    """Keras 1: [[name, node, tensor], ...]; Keras 2: [[name, node, tensor, kwargs], ...]"""
    refs, extra = [], {}
    if node and isinstance(node[0], str):
        node = [node]
    for r in node:
        refs.append(r[:3])
        if len(r) > 3 and isinstance(r[3], dict):
            extra.update(r[3])
    return refs, extra


def n_inputs(l):
    if l.inner is not None and isinstance(l.inner, Net):
        if l.inner.kind == 'graph':
            return len(l.inner.inputs)
        if l.inner.branches:
            return sum(n_inputs(b) for b in l.inner.branches)
        return n_inputs(l.inner.layers[0]) if l.inner.layers else 1
    return 1


def all_layers(net):
    out = []
    if net.kind == 'seq' and net.branches:
        for b in net.branches:
            out.append(b)
    return out + net.layers


def load_weights(net, w, env):
    if isinstance(w, tuple):
        return load_ckpt(net, w, env)
    byname = {}
    for l in flattened(net):
        byname.setdefault(l.name, l)
    if getattr(net, 'graph0', False):  # one flat list, the nodes in node_config's order
        arrs = list(w[0][1])
        for l in net.layers:
            n = sum(n_weights(l, True))
            assign(l, arrs[:n], True)
            arrs = arrs[n:]
        return
    if w and w[0][0] is None:  # nb_layers format: by position
        for l, (_, arrs) in zip(flattened(net), w):
            if arrs:
                assign(l, arrs, env.k1)
        return
    # as Keras does it: by position among the layers that have weights, not by name (a Sequential
    # inside a Sequential has no name in the config up to Keras 2.2.2)
    have = []
    for l in flattened(net):
        if l not in have and sum(sum(n_weights(x, env.k1)) for x, _ in leaves(l)):
            have.append(l)
    stored = [(n, a) for n, a in w if a]
    if len(have) != len(stored):
        raise Refuse('%d layers with weights, %d in the file' % (len(have), len(stored)))
    for l, (name, arrs) in zip(have, stored):
        if l.name is not None and l.name != name:
            raise Refuse('layer %s gets the weights of %s' % (l.name, name))
        assign(l, arrs, env.k1)


VARS = {'BatchNormalization': ['gamma', 'beta', 'moving_mean', 'moving_variance'], 'Embedding': ['embeddings'], 'PReLU': ['alpha'], 'LayerNormalization': ['gamma', 'beta'],
        'SeparableConv2D': ['depthwise_kernel', 'pointwise_kernel', 'bias'], 'SeparableConv1D': ['depthwise_kernel', 'pointwise_kernel', 'bias'],
        'DepthwiseConv2D': ['depthwise_kernel', 'bias']}


def load_ckpt(net, w, env):
    """walk the checkpoint's own object graph; the n-th layer with weights is the edge layer_with_weights-n"""
    ck, graph = w[-1]

    def value(nid):
        return np.asarray(ck[graph[nid][1][0]], 'float64')

    def fill_net(n, nid):
        i = 0
        for l in all_layers(n):
            if not sum(sum(n_weights(x, False)) for x, _ in leaves(l)):
                continue
            fill(l, graph[nid][0]['layer_with_weights-%d' % i])
            i += 1

    def fill(l, nid):
        kids = graph[nid][0]
        if l.inner is not None and isinstance(l.inner, Net):
            return fill_net(l.inner, nid)
        if l.inner is not None:
            return fill(l.inner, kids['layer'])
        if l.fw is not None:
            fill(l.fw, kids['forward_layer'])
            return fill(l.bw, kids['backward_layer'])
        if l.cls in ('LSTM', 'GRU', 'SimpleRNN'):
            kids = graph[kids['cell']][0] if 'cell' in kids else kids
            names = ['kernel', 'recurrent_kernel', 'bias']
        else:
            names = VARS.get(l.cls, ['kernel', 'bias'])
        l.w = [value(kids[n]) for n in names if n in kids and graph[kids[n]][1]]
    fill_net(net, 0)


def check(d):
    case = json.load(open(os.path.join(d, 'case.json')))
    io = np.load(os.path.join(d, 'io.npz')) if os.path.exists(os.path.join(d, 'io.npz')) else {}
    cfg, w, info = read_case(d)
    env = Env(info, case.get('hints') or {}, case)
    net = build_net(cfg['class_name'], cfg['config'], [0])
    load_weights(net, w, env)
    xs = [io['in_%d' % i] for i in range(len(case['inputs']))]
    xs = [x.astype('float64') if x.dtype.kind == 'f' else x for x in xs]
    ys, _ = run_net(net, xs, env)
    refs = [io['out_%d' % i] for i in range(len(case['outputs']))]
    if len(ys) != len(refs):
        return 'outputs %d, recorded %d' % (len(ys), len(refs))
    worst = 0
    for y, r in zip(ys, refs):
        if y.shape != r.shape:
            return 'shape %s, recorded %s' % (y.shape, r.shape)
        worst = max(worst, float(np.max(np.abs(y - r) / (1e-4 + 1e-4 * np.abs(r) + 1e-6 * np.max(np.abs(r))))) if y.size else 0)
    return None if worst <= 3.0 else 'differs, %.3g times the tolerance' % worst


def main():
    verbose = '-v' in sys.argv
    tb = '-t' in sys.argv
    dirs = []
    for a in sys.argv[1:]:
        if a.startswith('-'):
            continue
        dirs += [a] if os.path.exists(os.path.join(a, 'case.json')) else sorted(glob.glob(os.path.join(a, '*', '')))
    n = {'ok': 0, 'refused': 0, 'bad': 0, 'error_ok': 0, 'error_not_seen': 0}
    np.seterr(all='ignore')
    for d in dirs:
        d = d.rstrip('/')
        if not os.path.exists(os.path.join(d, 'case.json')):
            continue
        case = json.load(open(os.path.join(d, 'case.json')))
        try:
            why = check(d)
            kind = 'ok' if why is None else 'bad'
        except Refuse as e:
            kind, why = 'refused', str(e)
        except Exception as e:
            kind, why = 'bad', '%s: %s' % (type(e).__name__, str(e)[:150])
            if tb:
                traceback.print_exc()
        if case['expect'] == 'error':
            kind = 'error_ok' if kind in ('refused', 'bad') else 'error_not_seen'
        n[kind] += 1
        if kind in ('bad', 'error_not_seen') or (kind == 'refused') or verbose:
            print(kind, os.path.basename(d), why or '')
    print(n)
    return 1 if n['bad'] or n['error_not_seen'] else 0


if __name__ == '__main__':
    sys.exit(main())
