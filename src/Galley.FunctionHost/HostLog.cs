using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Galley.Functions;

namespace Galley.FunctionHost;

/// <summary>
/// The log of a class library as AWS's .NET runtime writes it: whatever the console or ILambdaLogger gets becomes a line with time, request
/// and level, or an object where the function logs JSON; what is below the level is left out.
/// </summary>
internal static partial class HostLog
{
    private static readonly string[] Levels = ["Trace", "Debug", "Information", "Warning", "Error", "Critical"];
    private static readonly string[] Short = ["trce", "dbug", "info", "warn", "fail", "crit"];
    private static TextWriter _out = TextWriter.Null;
    private static readonly int Least = LeastLevel();

    /// <summary>Takes the console over.</summary>
    public static void Begin()
    {
        _out = Console.Out;
        var (output, errors) = (new Lines(2), new Lines(4));
        Console.SetOut(output);
        Console.SetError(errors);
        FunctionLog.Ended = () =>
        {
            output.Flush();
            errors.Flush();
        };
        FunctionLog.Error = error => Write("Error", error.Message, [], error);
    }

    /// <param name="level">Of Microsoft's names or AWS's; anything else is Information.</param>
    /// <param name="template">With `{names}` or `{0}` for the arguments.</param>
    public static void Write(string level, string template, object?[] arguments, Exception? error)
    {
        var rank = Rank(level) ?? 2;
        if (rank < Least) return;
        var at = 0;
        var named = new List<(string Name, object? Value)>();
        var message = arguments.Length == 0 ? template : Placeholder().Replace(template, found =>
        {
            var name = found.Groups[1].Value;
            var place = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : at++;
            if (place >= arguments.Length) return found.Value;
            named.Add((name, arguments[place]));
            return string.Format(CultureInfo.InvariantCulture, $"{{0{found.Groups[2].Value}}}", arguments[place]);
        });
        var line = FunctionLog.IsJson
            ? FunctionLog.Json(Levels[rank], message, error, json => named.ForEach(one => WriteMember(json, one.Name, one.Value)))
            : $"{FunctionLog.Now}\t{FunctionLog.RequestId}\t{Short[rank]}\t{(error is null ? message : message.Length == 0 || message == error.Message ? error.ToString() : $"{message}\n{error}").ReplaceLineEndings("\r")}";
        lock (Levels)
        {
            _out.WriteLine(line);
            _out.Flush();
        }
    }

    private static void WriteMember(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: break;
            case bool truth: json.WriteBoolean(name, truth); break;
            case byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal:
                json.WritePropertyName(name);
                json.WriteRawValue(JsonSerializer.Serialize(value));
                break;
            default: json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static int? Rank(string level) => level.ToUpperInvariant() switch
    {
        "TRACE" => 0,
        "DEBUG" => 1,
        "INFORMATION" or "INFO" => 2,
        "WARNING" or "WARN" => 3,
        "ERROR" => 4,
        "CRITICAL" or "FATAL" => 5,
        _ => null,
    };

    private static int LeastLevel()
    {
        foreach (var name in (string[])["AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_HANDLER_LOG_LEVEL"])
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } level && Rank(level) is { } rank)
                return rank;
        return 2;
    }

    [GeneratedRegex(@"\{@?([A-Za-z0-9_]+)((?:,-?[0-9]+)?(?::[^{}]*)?)\}")]
    private static partial Regex Placeholder();

    /// <summary>Gathers what is written until a line ends.</summary>
    private sealed class Lines(int rank) : TextWriter(CultureInfo.InvariantCulture)
    {
        private readonly StringBuilder _line = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_line)
                if (value == '\n') Flush();
                else _line.Append(value);
        }

        public override void Write(string? value)
        {
            lock (_line)
                foreach (var character in value ?? "")
                    Write(character);
        }

        public override void WriteLine(string? value)
        {
            lock (_line)
            {
                _line.Append(value);
                End();
            }
        }

        public override void Flush()
        {
            lock (_line)
                if (_line.Length > 0)
                    End();
        }

        private void End()
        {
            var text = _line.ToString().TrimEnd('\r');
            _line.Clear();
            HostLog.Write(Levels[rank], text, [], null);
        }
    }
}
