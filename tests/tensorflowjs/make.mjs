// Records small layers models with TensorFlow.js 4.22 and what it predicts:
//   npm install @tensorflow/tfjs@4.22.0 && node make.mjs
import * as tf from '@tensorflow/tfjs';
import fs from 'fs';

let seed = 1;
const random = () => {
  seed = (seed * 16807) % 2147483647;
  return (seed / 2147483647) * 2 - 1;
};
const size = (shape) => shape.reduce((a, b) => a * b, 1);
const numbers = (shape, draw) => tf.tensor(Array.from({ length: size(shape) }, draw), shape);
const plain = (tensor) => ({ shape: tensor.shape, data: Array.from(tensor.dataSync()) });

async function record(model, folder, inputs) {
  for (const weight of model.weights) {
    const positive = /variance/.test(weight.name);
    weight.write(numbers(weight.shape, () => (positive ? Math.abs(random()) + 0.3 : random())));
  }
  const xs = inputs.map(({ shape, ids }) =>
    numbers(shape, () => (ids ? Math.floor(Math.abs(random()) * ids) : random() * 2)),
  );
  const predicted = model.predict(xs.length === 1 ? xs[0] : xs);
  fs.mkdirSync(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const data = Buffer.from(artifacts.weightData);
      const paths = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
      const half = Math.floor(data.length / 2);
      fs.writeFileSync(`${folder}/${paths[0]}`, data.subarray(0, half));
      fs.writeFileSync(`${folder}/${paths[1]}`, data.subarray(half));
      const { format, generatedBy, modelTopology, weightSpecs } = artifacts;
      const weightsManifest = [{ paths, weights: weightSpecs }];
      const json = { format, generatedBy, convertedBy: null, modelTopology, weightsManifest };
      fs.writeFileSync(`${folder}/model.json`, JSON.stringify(json));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const outputs = (Array.isArray(predicted) ? predicted : [predicted]).map(plain);
  const recorded = { in: xs.map(plain), out: outputs };
  fs.writeFileSync(`${folder}/recorded.json`, JSON.stringify(recorded));
}

const L = tf.layers;

await record(
  tf.sequential({
    layers: [
      L.dense({ units: 8, activation: 'relu', inputShape: [5] }),
      L.batchNormalization(),
      L.dropout({ rate: 0.3 }),
      L.dense({ units: 4, activation: 'hardSigmoid' }),
      L.dense({ units: 3, activation: 'softmax' }),
    ],
  }),
  'sequential',
  [{ shape: [6, 5] }],
);

const a = tf.input({ shape: [5], name: 'a' });
const ids = tf.input({ shape: [4], name: 'ids', dtype: 'int32' });
let e = L.embedding({ inputDim: 7, outputDim: 3 }).apply(ids);
e = L.flatten().apply(L.layerNormalization().apply(e));
let h = L.dense({ units: 6, activation: 'elu' }).apply(a);
h = L.prelu().apply(L.leakyReLU({ alpha: 0.2 }).apply(h));
const d = L.dense({ units: 6, activation: 'selu' }).apply(L.concatenate().apply([e, h]));
const s = L.add().apply([d, L.dense({ units: 6, useBias: false }).apply(h)]);
const m = L.multiply().apply([L.maximum().apply([d, h]), s]);
const p = L.dense({ units: 2, activation: 'sigmoid', name: 'p' }).apply(s);
await record(
  tf.model({ inputs: [a, ids], outputs: [p, L.reLU({ maxValue: 1.5 }).apply(m)] }),
  'two-inputs',
  [{ shape: [6, 5] }, { shape: [6, 4], ids: 7 }],
);

const inner = tf.sequential({
  layers: [
    L.dense({ units: 4, activation: 'tanh', inputShape: [3] }),
    L.batchNormalization(),
    L.dense({ units: 2, activation: 'softplus' }),
  ],
});
const x = tf.input({ shape: [5, 3] });
let t = L.timeDistributed({ layer: L.dense({ units: 3, activation: 'softsign' }) }).apply(x);
t = L.reshape({ targetShape: [5, 3] }).apply(L.permute({ dims: [2, 1] }).apply(t));
t = L.dense({ units: 3 }).apply(L.flatten().apply(t));
await record(tf.model({ inputs: x, outputs: inner.apply(t) }), 'nested', [{ shape: [4, 5, 3] }]);

await record(
  tf.sequential({ layers: [inner, L.dense({ units: 1 })] }),
  'sequential-in-sequential',
  [{ shape: [4, 3] }],
);
