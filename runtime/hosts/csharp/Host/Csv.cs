namespace Keronyx.Host
{
    using System;
    using System.Collections.Generic;
    using System.IO;
    using System.Linq;
    using System.Text;

    /// <summary>Tables as text: a line a row, the columns of all ports side by side.</summary>
    internal static class Csv
    {
        private const int Most = 6;

        private const string Unnamed =
            "the columns are taken in the table's order, as the model has no names for them";

        private static readonly char[] Special = { ',', '"', '\r', '\n' };

        /// <summary>
        /// Reads rows. A first line without a number is a header; where it holds the names of all
        /// columns, it says their order, and others are left out.
        /// </summary>
        /// <param name="path">The file, in UTF-8.</param>
        /// <param name="ports">What the columns belong to, in this order.</param>
        /// <param name="named">Whether a header must have the names of the columns.</param>
        /// <param name="source">Where the rows are in the file, and what is to be said.</param>
        /// <exception cref="FileNotFoundException">There is no such file.</exception>
        /// <exception cref="InvalidDataException">The file holds something else.</exception>
        internal static Table Read(
            string path, IReadOnlyList<Port> ports, bool named, out Source source)
        {
            try
            {
                return Parse(Text(path), ports, named, out source);
            }
            catch (FormatException error)
            {
                throw new InvalidDataException(path + ": " + error.Message, error);
            }
        }

        /// <summary>Writes a header and all rows.</summary>
        internal static void Write(TextWriter writer, Table table)
        {
            writer.Write(Line(table.Ports.SelectMany(port => port.Columns)));
            for (int row = 0; row < table.Rows; row++)
            {
                writer.Write(Line(Cells(table, row)));
            }
        }

        private static IEnumerable<string> Cells(Table table, int row)
        {
            for (int port = 0; port < table.Ports.Count; port++)
            {
                int size = table.Ports[port].Size;
                for (int at = row * size; at < (row + 1) * size; at++)
                {
                    yield return table.Ports[port].Kind.Text(table.Arrays[port], at);
                }
            }
        }

        private static string Line(IEnumerable<string> cells)
        {
            string line = string.Join(",", cells.Select(Quoted));
            return (line.Length == 0 ? "\"\"" : line) + "\n";
        }

        private static string Quoted(string cell)
        {
            return cell.IndexOfAny(Special) < 0 ? cell : '"' + cell.Replace("\"", "\"\"") + '"';
        }

        private static string Text(string path)
        {
            if (!File.Exists(path))
            {
                throw new FileNotFoundException(path + ": no such file", path);
            }
            try
            {
                string text = new UTF8Encoding(false, true).GetString(File.ReadAllBytes(path));
                bool marked = text.StartsWith("\ufeff", StringComparison.Ordinal);
                return marked ? text.Substring(1) : text;
            }
            catch (DecoderFallbackException)
            {
                throw new FormatException("not UTF-8 text");
            }
        }

        private static Table Parse(
            string text, IReadOnlyList<Port> ports, bool named, out Source source)
        {
            List<Record> records = Records(text).ToList();
            if (records.Count == 0)
            {
                throw new FormatException("no rows");
            }
            string[] names = ports.SelectMany(port => port.Columns).ToArray();
            var kinds = ports.SelectMany(port => Enumerable.Repeat(port.Kind, port.Size)).ToArray();
            int[] places = Enumerable.Range(0, names.Length).ToArray();
            int width = names.Length;
            string note = null;
            if (IsHeader(records[0].Cells, names, kinds))
            {
                places = Places(records[0], names, named, out note) ?? places;
                width = records[0].Cells.Length;
                records.RemoveAt(0);
            }
            var table = new Table(ports, records.Count);
            for (int row = 0; row < records.Count; row++)
            {
                Fill(table, row, records[row], places, width);
            }
            source = new Source(records.Select(record => record.Line).ToArray(), note);
            return table;
        }

        /// <summary>
        /// Finds the columns by the names over them; null where they are taken as they stand.
        /// </summary>
        private static int[] Places(Record header, string[] names, bool named, out string note)
        {
            string[] cells = header.Cells;
            note = null;
            string[] missing = names.Except(cells).ToArray();
            if (!named && missing.Length == names.Length && names.Length > 0)
            {
                CheckWidth(header, names.Length);
                note = names.Length > 1 ? Unnamed : null;
                return null;
            }
            if (missing.Length > 0)
            {
                throw new FormatException(
                    "no column " + Listed(missing) + "; the header has " + Listed(cells));
            }
            var known = new HashSet<string>(names);
            var found = new Dictionary<string, int>();
            var extra = new List<string>();
            for (int at = 0; at < cells.Length; at++)
            {
                if (!known.Contains(cells[at]))
                {
                    extra.Add(cells[at].Length == 0 ? $"{at + 1}" : cells[at]);
                }
                else if (found.ContainsKey(cells[at]))
                {
                    throw new FormatException(
                        "column " + Listed(new[] { cells[at] }) + " is there twice");
                }
                else
                {
                    found.Add(cells[at], at);
                }
            }
            if (extra.Count > 0)
            {
                note = "left out, since the model does not take it: " + Listed(extra);
            }
            return names.Select(name => found[name]).ToArray();
        }

        private static string Listed(IReadOnlyCollection<string> names)
        {
            string some = string.Join(", ", names.Take(Most).Select(Numerals.Quoted));
            return names.Count > Most
                ? FormattableString.Invariant($"{some} and {names.Count - Most} more")
                : some;
        }

        /// <summary>Tells a line over the columns: it has all names, or no number.</summary>
        private static bool IsHeader(string[] cells, string[] names, Kind[] kinds)
        {
            if (!names.Except(cells).Any())
            {
                return true;
            }
            IEnumerable<string> numeric = cells;
            if (cells.Length == kinds.Length)
            {
                numeric = cells.Where((_, at) => !kinds[at].IsText);
            }
            return (cells.Length > 1 || kinds.Length == 1) && kinds.Any(kind => !kind.IsText)
                && numeric.Any(cell => cell.Length > 0) && !numeric.Any(IsNumber);
        }

        private static bool IsNumber(string cell)
        {
            double number;
            bool truth;
            return Numerals.TryReal(cell, out number) || bool.TryParse(cell, out truth);
        }

        private static void CheckWidth(Record record, int width)
        {
            string[] cells = record.Cells;
            if (cells.Length != width)
            {
                string hint = cells[0].IndexOfAny(new[] { ';', '\t' }) < 0
                    ? string.Empty
                    : " (columns are separated by commas)";
                throw new FormatException(FormattableString.Invariant(
                    $"line {record.Line}: {cells.Length} columns, expected {width}{hint}"));
            }
        }

        private static void Fill(Table table, int row, Record record, int[] places, int width)
        {
            CheckWidth(record, width);
            string where = FormattableString.Invariant($"line {record.Line}");
            string[] cells = record.Cells;
            int column = 0;
            for (int port = 0; port < table.Ports.Count; port++)
            {
                int size = table.Ports[port].Size;
                for (int at = row * size; at < (row + 1) * size; at++, column++)
                {
                    try
                    {
                        table.Ports[port].Kind.Parse(cells[places[column]], table.Arrays[port], at);
                    }
                    catch (FormatException error)
                    {
                        throw new FormatException(FormattableString.Invariant(
                            $"{where}, column {places[column] + 1}: {error.Message}"));
                    }
                }
            }
        }

        /// <summary>Splits text into lines of cells, those without any text left out.</summary>
        private static IEnumerable<Record> Records(string text)
        {
            var cells = new List<string>();
            var cell = new StringBuilder();
            int line = 1;
            for (int at = 0; at <= text.Length; at++)
            {
                bool ends = at == text.Length || text[at] == '\n' || text[at] == '\r';
                if (!ends && text[at] == '"' && cell.Length == 0)
                {
                    at = Unquote(text, at, cell, ref line) - 1;
                    continue;
                }
                if (!ends && text[at] != ',')
                {
                    cell.Append(text[at]);
                    continue;
                }
                cells.Add(cell.ToString());
                cell.Clear();
                if (!ends)
                {
                    continue;
                }
                if (cells.Any(each => each.Length > 0))
                {
                    yield return new Record(line, cells.Select(each => each.Trim()).ToArray());
                }
                cells.Clear();
                at += IsPair(text, at) ? 1 : 0;
                line++;
            }
        }

        private static bool IsPair(string text, int at)
        {
            return at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n';
        }

        /// <summary>Reads what stands in quotes; returns the place behind them.</summary>
        private static int Unquote(string text, int at, StringBuilder cell, ref int line)
        {
            int start = line;
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '"')
                {
                    at++;
                    if (at == text.Length || ",\r\n".IndexOf(text[at]) >= 0)
                    {
                        return at;
                    }
                    if (text[at] != '"')
                    {
                        throw new FormatException(FormattableString.Invariant(
                            $"line {line}: text behind a closing quote"));
                    }
                }
                else if (text[at] == '\n' || (text[at] == '\r' && !IsPair(text, at)))
                {
                    line++;
                }
                cell.Append(text[at]);
            }
            throw new FormatException(FormattableString.Invariant(
                $"line {start}: a quote that is never closed"));
        }

        /// <summary>Where rows come from: their lines, and what is to be said of them.</summary>
        internal sealed class Source
        {
            internal Source(int[] lines, string note)
            {
                Lines = lines;
                Note = note;
            }

            /// <summary>Gets the line that each row ends in.</summary>
            internal int[] Lines { get; }

            /// <summary>Gets how the columns were taken; null where that is plain.</summary>
            internal string Note { get; }
        }

        private sealed class Record
        {
            internal Record(int line, string[] cells)
            {
                Line = line;
                Cells = cells;
            }

            internal int Line { get; }

            internal string[] Cells { get; }
        }
    }
}
