"""The parts of a C# class that are the same whatever it predicts."""

from typing import Final

from keronyx.converter.source.managed.erf import TABLES

REQUIRE: Final = """\
private static void Require(string name, System.Array values, long count)
{
    if (values == null || values.LongLength != count)
    {
        throw new System.ArgumentException(name + ": " + count + " numbers expected");
    }
}
"""

MULTIPLY: Final = """\
// sums = bias + x * kernel for one row of x.
private static void MultiplyRow(
    REAL[] x, int start, int inputs, REAL[] kernel, REAL[] bias, int units, REAL[] sums)
{
    if (bias == null)
    {
        System.Array.Clear(sums, 0, units);
    }
    else
    {
        System.Array.Copy(bias, sums, units);
    }
    int k = 0;
    for (; k + 3 < inputs; k += 4)
    {
        REAL a = x[start + k], b = x[start + k + 1], c = x[start + k + 2], d = x[start + k + 3];
        int p = k * units, q = p + units, r = q + units, s = r + units, n = 0;
#if NETCOREAPP
        int width = System.Numerics.Vector<REAL>.Count;
        for (; n + width <= units; n += width)
        {
            var sum = new System.Numerics.Vector<REAL>(sums, n);
            sum += new System.Numerics.Vector<REAL>(kernel, p + n) * a;
            sum += new System.Numerics.Vector<REAL>(kernel, q + n) * b;
            sum += new System.Numerics.Vector<REAL>(kernel, r + n) * c;
            sum += new System.Numerics.Vector<REAL>(kernel, s + n) * d;
            sum.CopyTo(sums, n);
        }
#endif
        for (; n < units; n++)
        {
            sums[n] += a * kernel[p + n] + b * kernel[q + n]
                + (c * kernel[r + n] + d * kernel[s + n]);
        }
    }
    for (; k < inputs; k++)
    {
        for (int n = 0; n < units; n++)
        {
            sums[n] += x[start + k] * kernel[k * units + n];
        }
    }
}
"""
"""With REAL to be replaced by the type."""

HELPERS: Final = {
    "ExpMinusOne": """\
// Kahan: what is rounded away in the exponential is made good by its logarithm.
private static double ExpMinusOne(double x)
{
    double grown = System.Math.Exp(x);
    if (grown == 1.0)
    {
        return x;
    }
    bool far = grown - 1.0 == -1.0 || double.IsInfinity(grown);
    return far ? grown - 1.0 : (grown - 1.0) * x / System.Math.Log(grown);
}
""",
    "LogOnePlus": """\
// Kahan: what is rounded away in the sum is made good by the quotient.
private static double LogOnePlus(double x)
{
    double sum = 1.0 + x;
    if (sum == 1.0 || double.IsPositiveInfinity(sum))
    {
        return x;
    }
    return System.Math.Log(sum) * x / (sum - 1.0);
}
""",
    "ErrorFunction": """\
// W. J. Cody's rational approximations (1969), right to the last bits of a double.
private static double ErrorFunction(double x)
{
    double size = System.Math.Abs(x);
    if (!(size > 0.46875))
    {
        return x * Polynomial(x * x, NearAbove) / Polynomial(x * x, NearBelow);
    }
    double z = 1.0 / (x * x), tail;
    if (size <= 4.0)
    {
        tail = Polynomial(size, MiddleAbove) / Polynomial(size, MiddleBelow);
    }
    else
    {
        double far = z * Polynomial(z, FarAbove) / Polynomial(z, FarBelow);
        tail = (System.Math.Sqrt(1.0 / System.Math.PI) - far) / size;
    }
    double rest = size > 6.0 ? 0.0 : System.Math.Exp(-x * x) * tail;
    return x < 0.0 ? rest - 1.0 : 1.0 - rest;
}

private static double Polynomial(double x, double[] coefficients)
{
    double sum = 0.0;
    foreach (double coefficient in coefficients)
    {
        sum = sum * x + coefficient;
    }
    return sum;
}

"""
    + "".join(
        f"private static readonly double[] {name}{part} = {{ {', '.join(map(repr, numbers))} }};\n"
        for name, ratio in TABLES.items()
        for part, numbers in zip(("Above", "Below"), ratio, strict=True)
    ),
}
"""Functions that C# does not have, by their names."""

DECODE: Final = """\
// Numbers from little-endian bytes, whatever the machine is.
private static T[] FromBytes<T>(byte[] bytes, int offset, int count) where T : struct
{
    var numbers = new T[count];
    int size = System.Buffer.ByteLength(new T[1]);
    if (!System.BitConverter.IsLittleEndian)
    {
        bytes = (byte[])bytes.Clone();
        for (int i = 0; i < count; i++)
        {
            System.Array.Reverse(bytes, offset + i * size, size);
        }
    }
    System.Buffer.BlockCopy(bytes, offset, numbers, 0, count * size);
    return numbers;
}
"""

BASE64: Final = """\
private static T[] Decode<T>(int count, params string[] texts) where T : struct
{
    var bytes = new System.IO.MemoryStream();
    foreach (string text in texts)
    {
        byte[] some = System.Convert.FromBase64String(text);
        bytes.Write(some, 0, some.Length);
    }
    return FromBytes<T>(bytes.ToArray(), 0, count);
}
"""

WEIGHTS_FILE: Final = """\
/// <summary>Where the weights file lies; to be set before the first prediction.</summary>
public static string WeightsPath { get; set; }
    = System.IO.Path.Combine(System.AppContext.BaseDirectory, NAME);

private static byte[] ReadWeights()
{
    byte[] bytes = System.IO.File.ReadAllBytes(WeightsPath);
    if (bytes.Length != SIZE || Checksum(bytes, 16) != CHECKSUM)
    {
        throw new System.IO.InvalidDataException(
            WeightsPath + " is not the weights file that belongs to this class");
    }
    return bytes;
}

// CRC-32
private static uint Checksum(byte[] bytes, int start)
{
    uint crc = 0xffffffff;
    for (int i = start; i < bytes.Length; i++)
    {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
        }
    }
    return ~crc;
}
"""

SELFTEST: Final = """\
private static void Compare<T>(T[] made, T[] wanted, ref double largest, ref int wrong)
{
    for (int i = 0; i < made.Length; i++)
    {
        if (made[i].Equals(wanted[i]))
        {
            continue;
        }
        double a = System.Convert.ToDouble(made[i]), b = System.Convert.ToDouble(wanted[i]);
        double difference = a == b ? 0.0 : System.Math.Abs(a - b);
        if (double.IsNaN(difference))
        {
            difference = double.PositiveInfinity;
        }
        largest = System.Math.Max(largest, difference);
        if (difference > ATOL + RTOL * System.Math.Abs(b) || double.IsInfinity(difference))
        {
            wrong++;
        }
    }
}

public static int Main()
{
    double largest = 0.0;
    int wrong = SelfTest(out largest);
    System.Console.WriteLine(
        "NAME: ROWS rows, largest difference "
        + largest.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
        + (wrong == 0 ? ": right" : ": wrong (" + wrong + " numbers)"));
    return wrong == 0 ? 0 : 1;
}
"""
