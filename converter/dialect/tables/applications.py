"""Words of the layers that keras.applications has for itself."""

from keronyx.converter.dialect.words import STARTS, TRAINS, Words

WORDS = Words(
    ignored={
        "LayerScale": {"init_values": STARTS},
        "StochasticDepth": {"drop_path_rate": TRAINS},
    },
    modules={
        "LayerScale": "applications.convnext",
        "StochasticDepth": "applications.convnext",
        "CustomScaleLayer": "applications.inception_resnet_v2",
    },
    since={
        **dict.fromkeys(("LayerScale", "StochasticDepth"), "the Keras of TensorFlow 2"),
        "CustomScaleLayer": "Keras 3",
    },
)
