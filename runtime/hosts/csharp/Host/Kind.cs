namespace Keronyx.Host
{
    using System;
    using System.Globalization;
    using Microsoft.ML.OnnxRuntime;
    using Microsoft.ML.OnnxRuntime.Tensors;

    /// <summary>A type of values: how memory is bound to a model, how tables spell it.</summary>
    internal abstract class Kind
    {
        protected Kind(string name, TensorElementType element)
        {
            Name = name;
            Element = element;
        }

        /// <summary>Gets the name, as in NumPy.</summary>
        internal string Name { get; }

        internal TensorElementType Element { get; }

        /// <summary>Gets whether values may differ a little and still be the same.</summary>
        internal virtual bool IsReal => false;

        /// <summary>Gets whether values are text, which lies in memory of onnxruntime.</summary>
        internal virtual bool IsText => false;

        internal abstract Array NewArray(int count);

        /// <summary>Makes a tensor of the first values of an array, which it pins.</summary>
        internal abstract OrtValue NewTensor(Array values, int count, long[] shape);

        /// <exception cref="FormatException">The cell holds no such value.</exception>
        internal abstract void Parse(string cell, Array values, int at);

        internal abstract string Text(Array values, int at);

        internal virtual double Real(Array values, int at)
        {
            throw new NotSupportedException();
        }
    }

    /// <summary>Every type that a model may take or give.</summary>
    internal static class Kinds
    {
        internal static readonly Kind Bool = new Plain<bool>(
            "bool", TensorElementType.Bool, Numerals.Truth, truth => truth ? "True" : "False");

        internal static readonly Kind Int8 = Whole(
            "int8", TensorElementType.Int8, sbyte.MinValue, sbyte.MaxValue, each => (sbyte)each);

        internal static readonly Kind Int16 = Whole(
            "int16", TensorElementType.Int16, short.MinValue, short.MaxValue, each => (short)each);

        internal static readonly Kind Int32 = Whole(
            "int32", TensorElementType.Int32, int.MinValue, int.MaxValue, each => (int)each);

        internal static readonly Kind Int64 = Whole(
            "int64", TensorElementType.Int64, long.MinValue, long.MaxValue, each => (long)each);

        internal static readonly Kind Uint8 = Whole(
            "uint8", TensorElementType.UInt8, 0, byte.MaxValue, each => (byte)each);

        internal static readonly Kind Uint16 = Whole(
            "uint16", TensorElementType.UInt16, 0, ushort.MaxValue, each => (ushort)each);

        internal static readonly Kind Uint32 = Whole(
            "uint32", TensorElementType.UInt32, 0, uint.MaxValue, each => (uint)each);

        internal static readonly Kind Uint64 = Whole(
            "uint64", TensorElementType.UInt64, 0, ulong.MaxValue, each => (ulong)each);

        internal static readonly Kind Float16 = new Plain<Float16>(
            "float16",
            TensorElementType.Float16,
            Numerals.Half,
            Numerals.Text,
            number => (float)number);

        internal static readonly Kind Float32 = new Plain<float>(
            "float32",
            TensorElementType.Float,
            Numerals.Single,
            Numerals.Text,
            number => number);

        internal static readonly Kind Float64 = new Plain<double>(
            "float64", TensorElementType.Double, Numerals.Double, Numerals.Text, number => number);

        internal static readonly Kind String = new Words();

        private static Kind Whole<T>(
            string name,
            TensorElementType element,
            decimal least,
            decimal most,
            Func<decimal, T> cast)
            where T : unmanaged, IFormattable
        {
            return new Plain<T>(
                name,
                element,
                cell => cast(Numerals.Whole(cell, least, most, name)),
                number => number.ToString(null, CultureInfo.InvariantCulture));
        }

        /// <summary>Values that lie in managed memory as they are.</summary>
        private sealed class Plain<T> : Kind
            where T : unmanaged
        {
            private readonly Func<string, T> _parse;
            private readonly Func<T, string> _text;
            private readonly Func<T, double> _real;

            internal Plain(
                string name,
                TensorElementType element,
                Func<string, T> parse,
                Func<T, string> text,
                Func<T, double> real = null)
                : base(name, element)
            {
                _parse = parse;
                _text = text;
                _real = real;
            }

            internal override bool IsReal => _real != null;

            internal override Array NewArray(int count)
            {
                return new T[count];
            }

            internal override OrtValue NewTensor(Array values, int count, long[] shape)
            {
                var memory = new Memory<T>((T[])values, 0, count);
                return OrtValue.CreateTensorValueFromMemory(
                    OrtMemoryInfo.DefaultInstance, memory, shape);
            }

            internal override void Parse(string cell, Array values, int at)
            {
                ((T[])values)[at] = _parse(cell);
            }

            internal override string Text(Array values, int at)
            {
                return _text(((T[])values)[at]);
            }

            internal override double Real(Array values, int at)
            {
                return _real(((T[])values)[at]);
            }
        }

        private sealed class Words : Kind
        {
            internal Words()
                : base("string", TensorElementType.String)
            {
            }

            internal override bool IsText => true;

            internal override Array NewArray(int count)
            {
                return new string[count];
            }

            internal override OrtValue NewTensor(Array values, int count, long[] shape)
            {
                return OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
            }

            internal override void Parse(string cell, Array values, int at)
            {
                ((string[])values)[at] = cell;
            }

            internal override string Text(Array values, int at)
            {
                return ((string[])values)[at];
            }
        }
    }
}
