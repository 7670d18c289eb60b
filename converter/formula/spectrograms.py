"""How strong each frequency of sound is."""

from keronyx.converter.formula.expression import Expression, Number, Root, Symbol, apply
from keronyx.converter.formula.functions import larger
from keronyx.converter.formula.model import Meaning, express
from keronyx.converter.formula.spatial import in_space
from keronyx.converter.layers.spectrograms import MelSpectrogram, STFTSpectrogram

SMALLEST = Number(1e-7)


@express.register
def stft_spectrogram(layer: STFTSpectrogram, x: Expression) -> Meaning:
    """Two convolutions of each channel, and what is made of them."""
    real, imag = (apply("conv_each", x, Symbol(f"{part}_kernel")) for part in ("real", "imag"))
    facts = in_space(layer, strides=(layer.step,), padding=layer.padding)
    if layer.expand_dims:
        facts["expand_dims"] = True
    note = "every channel alone, with the same kernels"
    if layer.mode in {"real", "imag"}:
        return Meaning(value=real if layer.mode == "real" else imag, numbers=facts, note=note)
    if layer.mode == "stft":
        value: Expression = apply("beside", real, imag)
        note += "; the frequencies of both kernels side by side"
        return Meaning(value=value, numbers=facts, note=note)
    power = real**2 + imag**2
    if layer.mode == "psd":
        note += "; twice all frequencies but the first and the last"
        return Meaning(value=apply("inner_twice", power), numbers=facts, note=note)
    value = Root(larger(power, SMALLEST))
    if layer.mode == "log":
        value = apply("ln", larger(value, SMALLEST))
    return Meaning(value=value, numbers=facts, note=note)


@express.register
def mel_spectrogram(layer: MelSpectrogram, x: Expression) -> Meaning:
    """Frames, their frequencies, bands of these, and decibels."""
    facts = {
        "fft_length": layer.fft_length,
        "sequence_stride": layer.sequence_stride,
        "sequence_length": layer.length,
        "window": layer.window,
        "sampling_rate": layer.sampling_rate,
        "num_mel_bins": layer.num_mel_bins,
        "min_freq": layer.min_freq,
        "max_freq": layer.highest,
    }
    note = "the strength of the frequencies of each frame, under triangles on the mel scale"
    value: Expression = apply("mel_bands", apply("frequencies", x) ** layer.mag_exp)
    if layer.power_to_db:
        facts |= {
            "top_db": layer.top_db,
            "min_power": layer.min_power,
            "ref_power": layer.ref_power,
        }
        value = apply("decibels", value)
        note += "; nothing more than top_db below the loudest of all"
    return Meaning(value=value, numbers=facts, note=note)
