namespace Keronyx.Host
{
    using System;
    using System.Globalization;
    using System.Linq;
    using Microsoft.ML.OnnxRuntime;

    /// <summary>Numbers as text, the same on every machine whatever its language.</summary>
    internal static class Numerals
    {
        private const string Characters = "0123456789+-.eE";
        private const int Shown = 40;

        /// <summary>Reads a number; infinities and NaN are spelled as in Python.</summary>
        /// <exception cref="FormatException">It is none.</exception>
        internal static double Real(string text)
        {
            if (text.Length == 0)
            {
                throw new FormatException("empty");
            }
            double number;
            if (!TryReal(text, out number))
            {
                throw new FormatException(Quoted(text) + " is not a number");
            }
            return number;
        }

        /// <summary>Reads a float64.</summary>
        /// <exception cref="FormatException">It is no number, or too large.</exception>
        internal static double Double(string text)
        {
            double number = Real(text);
            return Held(text, number, double.IsInfinity(number), "float64");
        }

        /// <summary>Reads a float32.</summary>
        /// <exception cref="FormatException">It is no number, or too large.</exception>
        internal static float Single(string text)
        {
            float number = (float)Real(text);
            return Held(text, number, float.IsInfinity(number), "float32");
        }

        /// <summary>Reads a float16.</summary>
        /// <exception cref="FormatException">It is no number, or too large.</exception>
        internal static Float16 Half(string text)
        {
            Float16 number = Half(Real(text));
            return Held(text, number, float.IsInfinity((float)number), "float16");
        }

        private static T Held<T>(string text, T number, bool infinite, string type)
        {
            // What is infinite as it stands has letters that no other number has.
            if (infinite && text.All(character => Characters.IndexOf(character) >= 0))
            {
                throw new FormatException(Quoted(text) + " does not fit into " + type);
            }
            return number;
        }

        internal static bool TryReal(string text, out double number)
        {
            bool signed = text.StartsWith("+", StringComparison.Ordinal)
                || text.StartsWith("-", StringComparison.Ordinal);
            switch (text.Substring(signed ? 1 : 0).ToLowerInvariant())
            {
                case "inf":
                case "infinity":
                    number = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
                    return true;
                case "nan":
                    number = double.NaN;
                    return true;
            }
            number = 0;
            return text.All(character => Characters.IndexOf(character) >= 0)
                && double.TryParse(
                    text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        }

        /// <summary>Reads a whole number exactly, also where it is spelled 3.0 or 1e3.</summary>
        /// <exception cref="FormatException">It is none, or beyond the limits.</exception>
        internal static decimal Whole(string text, decimal least, decimal most, string type)
        {
            double near = Real(text);
            decimal exact;
            bool held = decimal.TryParse(
                text, NumberStyles.Float, CultureInfo.InvariantCulture, out exact);
            // Either may have lost a fraction: a double beyond 2^53, a decimal below 1e-28.
            if (double.IsNaN(near) || near != Math.Floor(near) || exact != decimal.Floor(exact))
            {
                throw new FormatException(Quoted(text) + " is not a whole number");
            }
            if (!held || exact < least || exact > most)
            {
                throw new FormatException(Quoted(text) + " does not fit into " + type);
            }
            return exact;
        }

        /// <summary>Reads True, False, 1 or 0.</summary>
        /// <exception cref="FormatException">It is something else.</exception>
        internal static bool Truth(string text)
        {
            bool truth;
            return bool.TryParse(text, out truth) ? truth : Whole(text, 0, 1, "bool") == 1;
        }

        /// <summary>Rounds a number to 16 bits, once.</summary>
        internal static Float16 Half(double number)
        {
            float near = (float)number;
            int bits = BitConverter.SingleToInt32Bits(near);
            if (near != number && !double.IsNaN(number) && (bits & 1) == 0)
            {
                // An odd last bit keeps the second rounding from taking the first for a tie.
                bits += Math.Abs(near) < Math.Abs(number) ? 1 : -1;
            }
            return (Float16)BitConverter.Int32BitsToSingle(bits);
        }

        /// <summary>Writes a number in the fewest digits that are read as the same one.</summary>
        internal static string Text(double number)
        {
            return Named(number) ?? number.ToString("R", CultureInfo.InvariantCulture);
        }

        /// <inheritdoc cref="Text(double)"/>
        internal static string Text(float number)
        {
            return Named(number) ?? number.ToString("R", CultureInfo.InvariantCulture);
        }

        /// <inheritdoc cref="Text(double)"/>
        internal static string Text(Float16 number)
        {
            float wide = (float)number;
            return Named(wide) ?? Enumerable.Range(1, 5)
                .Select(digits => wide.ToString("G" + digits, CultureInfo.InvariantCulture))
                .Where(text => Half(Real(text)).value == number.value)
                .Select(text => Text(Real(text)))
                .First();
        }

        /// <summary>Shows untrusted text in a message: one line, not too much of it.</summary>
        internal static string Quoted(string text)
        {
            string shown = text.Length > Shown ? text.Substring(0, Shown) + "..." : text;
            var plain = shown.Select(each => char.IsControl(each) ? '.' : each);
            return "'" + string.Concat(plain) + "'";
        }

        private static string Named(double number)
        {
            if (double.IsNaN(number))
            {
                return "nan";
            }
            return !double.IsInfinity(number) ? null : number > 0 ? "inf" : "-inf";
        }
    }
}
