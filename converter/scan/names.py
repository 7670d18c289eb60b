"""The names of what is Keras's own, from 1 to 3.15; anything else is somebody's custom object."""

from typing import Final

OBJECTS: Final = frozenset(
    """
AUC AWQConfig AWQDTypePolicy AbsMaxQuantizer AbstractRNNCell Accuracy Activation
ActivityRegularization Adadelta Adafactor Adagrad Adam AdamW Adamax AdaptiveAveragePooling1D
AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D
AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout AtrousConvolution1D AtrousConvolution2D
Attention AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D
AvgPool2D AvgPool3D BaseDenseAttention BaseImageAugmentationLayer BaseRandomLayer
BatchNormalization BatchNormalizationV1 BatchNormalizationV2 Bidirectional BinaryAccuracy
BinaryCrossentropy BinaryFocalCrossentropy BinaryIoU CTC CategoricalAccuracy
CategoricalCrossentropy CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy
CategoricalHinge CategoryEncoding CenterCrop Circle Concatenate ConcordanceCorrelation Constant
Constraint Container ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D
Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM2DCell ConvLSTM3D ConvRNN2D
ConvRecurrent2D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose
Convolution3D Convolution3DTranspose CosineDecay CosineDecayRestarts CosineSimilarity Cropping1D
Cropping2D Cropping3D CuDNNGRU CuDNNLSTM CutMix DTypePolicy DTypePolicyMap Deconvolution2D Dense
DenseFeatures DepthwiseConv1D DepthwiseConv2D Dice Discretization Dot Dropout ELU
EigenvalueRegularizer EinsumDense Embedding Equalization ExponentialDecay F1Score FBetaScore
FalseNegatives FalsePositives Flatten FlaxLayer Float8QuantizationConfig FloatDTypePolicy Ftrl
Functional GPTQConfig GPTQDTypePolicy GRU GRUCell GRUV2 GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D
GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D
GlobalMaxPooling2D GlobalMaxPooling3D GlorotNormal GlorotUniform Graph GroupNormalization
GroupQueryAttention HashedCrossing Hashing HeNormal HeUniform Highway Hinge Huber Identity
IdentityInitializer Initializer Input InputLayer InputSpec Int4DTypePolicy Int4QuantizationConfig
Int8QuantizationConfig IntegerLookup InverseTimeDecay IoU JaxLayer KLD KLDivergence L1 L1L2
L1L2Regularizer L2 LSTM LSTMCell LSTMV2 Lamb Lambda LambdaMerge Layer LayerNormalization LeakyReLU
LearningRateSchedule LecunNormal LecunUniform Lion LocallyConnected1D LocallyConnected2D LogCosh
LogCoshError Loss LossFunctionWrapper LossScaleOptimizer MAE MAPE MSE MSLE Masking MaxNorm
MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum
MaxoutDense Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper
MeanRelativeError MeanSquaredError MeanSquaredLogarithmicError MeanTensor MelSpectrogram Merge
Metric MinMaxNorm Minimum MixUp Model MultiHeadAttention MultiOptimizer Multiply Muon Nadam Node
NonNeg Normalization OneHotIoU OneHotMeanIoU Ones Optimizer OptimizerMap Orthogonal
OrthogonalInitializer OrthogonalRegularizer PReLU ParametricSoftplus PearsonCorrelation Permute
PiecewiseConstantDecay Pipeline Poisson Policy PolicyV1 PolynomialDecay Precision
PrecisionAtRecall PreprocessingLayer PyMetric QuantizationConfig QuantizedDTypePolicy
QuantizedFloat8DTypePolicy Quantizer R2Score RMSNormalization RMSprop RNN RadialConstraint
RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
RandomElasticTransform RandomErasing RandomFlip RandomFourierFeatures RandomGaussianBlur
RandomGrayscale RandomHeight RandomHue RandomInvert RandomNormal RandomNormalInitializer
RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
RandomTranslation RandomUniform RandomWidth RandomZoom ReLU Recall RecallAtPrecision Recurrent
Reduce Reduction Regularizer RepeatVector Rescaling Reshape Resizing ReversibleEmbedding
RootMeanSquaredError SGD SReLU STFT STFTInitializer STFTSpectrogram ScheduleFreeAdamW
SeedGenerator SensitivityAtSpecificity SensitivitySpecificityBase SeparableConv1D SeparableConv2D
SeparableConvolution1D SeparableConvolution2D Sequential SharpnessAwareMinimization SimpleRNN
SimpleRNNCell SlicingOpLambda Softmax Solarization SparseCategoricalAccuracy
SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpatialDropout1D SpatialDropout2D
SpatialDropout3D SpecificityAtSensitivity SpectralNormalization SquaredHinge StackedRNNCells
StringLookup Subtract Sum SyncBatchNormalization TFOpLambda TFOptimizer TFSMLayer
TensorFlowOpLayer TextVectorization ThresholdedReLU TimeDistributed TimeDistributedDense
TopKCategoricalAccuracy TorchModuleWrapper TrueNegatives TruePositives TruncatedNormal Tversky
UnitNorm UnitNormalization UpSampling1D UpSampling2D UpSampling3D VarianceScaling Wrapper
ZeroPadding1D ZeroPadding2D ZeroPadding3D Zeros abs_max_quantize
abs_max_quantize_grouped_with_zero_point accuracy activity_l1 activity_l1l2 activity_l2 add
average beta binary_accuracy binary_crossentropy binary_focal_crossentropy binomial categorical
categorical_accuracy categorical_crossentropy categorical_focal_crossentropy
categorical_generalized_cross_entropy categorical_hinge celu circle clip_norm concatenate
concordance_correlation constant cosine_proximity cosine_similarity ctc dice dot dropout elu exp
exponential fbeta_score fmeasure gamma gelu glorot_normal glorot_uniform glu hard_shrink
hard_sigmoid hard_silu hard_swish hard_tanh he_normal he_uniform hinge huber huber_loss identity
kl_divergence kld kullback_leibler_divergence l1 l1_l2 l1l2 l2 leaky_relu lecun_normal
lecun_uniform linear log_cosh log_sigmoid log_softmax logcosh mae mape matthews_correlation
max_norm maximum mean_absolute_error mean_absolute_percentage_error mean_squared_error
mean_squared_logarithmic_error min_max_norm minimum mish mse msle multiply non_neg normal one ones
orthogonal orthogonal_regularizer pearson_correlation poisson precision radial_constraint randint
random_normal random_uniform recall relu relu6 selu shuffle sigmoid silu soft_shrink softmax
softplus softsign sparse_categorical_accuracy sparse_categorical_crossentropy sparse_plus
sparse_sigmoid sparse_top_k_categorical_accuracy sparsemax squared_hinge squareplus stft subtract
swish tanh tanh_shrink threshold top_k_categorical_accuracy truncated_normal tversky uniform
unit_norm variance_scaling zero zeros
""".split()  # noqa: SIM905 - a list would be three times as long
)
"""Layers, models, initializers, regularizers, constraints, losses, metrics, functions and so on."""

OPERATIONS: Final = frozenset(
    """
Absolute AdaptiveAveragePool AdaptiveMaxPool AffineTransform All AllClose Amax Amin Angle Any
Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin Argpartition
Argsort Array ArraySplit AssociativeScan AveragePool Bartlett BatchNorm Bincount BitwiseAnd
BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Blackman
BroadcastTo CDist CTCDecode CTCLoss Cast Cbrt Ceil Celu Cholesky CholeskyInverse Clip Cond
Conjugate Conv ConvTranspose ConvertToTensor Copy Corrcoef Correlate Cos Cosh CountNonzero
CropImages Cross CtcLoss Cumprod Cumsum Deg2rad DepthToSpace DepthwiseConv Det Diag Diagflat
Diagonal Diff Digitize Divide DivideNoNan DotProductAttention Dsplit Dstack Eig Eigh Einsum
ElasticTransform Elu Empty EmptyLike Equal Erf Erfc Erfinv Exp Exp2 ExpandDims Expm1
ExtractPatches ExtractPatches3D ExtractSequences Eye FFT FFT2 Fabs FakeQuantWithMinMaxVars Flip
Fliplr Flipud Floor FloorDivide Fmax Fmin Fmod Fold ForiLoop Full FullLike Function GaussianBlur
Gcd Gelu Geomspace GetItem Glu Greater GreaterEqual HSVToRGB Hamming Hanning HardShrink
HardSigmoid HardSilu HardTanh Heaviside Histogram Hsplit Hstack Hypot I0 IFFT2 IRFFT ISTFT Imag
InTopK Inner Inv IsIn Isclose Isfinite Isinf Isnan Isneginf Isposinf Isreal JVP Kaiser Kron
LayerNorm Lcm Ldexp LeakyRelu LeftShift Less LessEqual Linspace Log Log10 Log1p Log2 LogSigmoid
LogSoftmax Logaddexp Logaddexp2 Logdet LogicalAnd LogicalNot LogicalOr LogicalXor Logspace
Logsumexp Lstsq LuFactor Map MapCoordinates Matmul MatrixRank Max MaxPool Median Meshgrid Min Mish
Mod Moments Moveaxis MultiHot NanToNum Nanargmax Nanargmin Nancumprod Nancumsum Nanmax Nanmean
Nanmedian Nanmin Nanpercentile Nanprod Nanquantile Nanstd Nansum Nanvar Ndim Negative Nextafter
Nonzero Norm Normalize NotEqual OneHot OnesLike Outer PSNR Pad PadImages Percentile
PerspectiveTransform Pinv Polar Power Prod Ptp Qr Quantile RFFT RGBToGrayscale RGBToHSV RMSNorm
Rad2deg Ravel Real Rearrange Reciprocal Relu Relu6 Repeat Resize RightShift Roll Rot90 Round Rsqrt
SSIM SVD SaturateCast ScaleAndTranslate Scan Scatter ScatterUpdate SearchSorted SegmentMax
SegmentReduction SegmentSum Select Selu SeparableConv Sigmoid Sign Signbit Silu Sin Sinc Sinh Size
Slice SliceUpdate Slogdet SobelEdges SoftShrink Softplus Softsign Solve SolveTriangular Sort
SpaceToDepth SparsePlus SparseSigmoid Sparsemax Split Sqrt Square Squareplus Squeeze Stack Std
StopGradient Swapaxes Switch Take TakeAlongAxis Tan Tanh TanhShrink Tensordot Threshold Tile TopK
Trace Transpose Trapezoid Tri Tril Triu TrueDivide Trunc Unfold Unique UnravelIndex Unstack Vander
Var Vdot VectorizedMap View ViewAsComplex ViewAsReal Vsplit Vstack Where WhileLoop ZerosLike
""".split()  # noqa: SIM905 - a list would be three times as long
)
"""Operations on tensors that Keras 3 keeps as if they were layers."""
