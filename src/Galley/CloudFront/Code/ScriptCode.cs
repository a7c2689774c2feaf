using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Acornima;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace Galley.CloudFront.Code;

/// <summary>A function could not be read or run; the text is the engine's.</summary>
internal sealed class ScriptFault(string message) : Exception(message);

/// <summary>What a run gave: the result as JSON and what was printed.</summary>
internal sealed record ScriptResult(string? Json, IReadOnlyList<string> Printed, string? Error);

/// <summary>
/// The code of a CloudFront Function in an engine of its own for every run: no file, no network, no .NET object, little time and
/// memory. Events go in and results come out as JSON text, so that nothing of ours is ever reachable from it.
/// </summary>
internal sealed class ScriptCode
{
    private const int MaxStatements = 200_000, MaxDepth = 200, MaxPrinted = 64;
    private const long MaxAllocated = 64 << 20;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(1);
    private static readonly Prepared<Acornima.Ast.Script> Prelude = Engine.PrepareScript(ScriptPrelude.Text, "prelude");
    private readonly Prepared<Acornima.Ast.Script> _script;
    private readonly string? _module;

    private ScriptCode(Prepared<Acornima.Ast.Script> script, string? module) => (_script, _module) = (script, module);

    /// <exception cref="ScriptFault">It is no JavaScript.</exception>
    public static ScriptCode Of(byte[] code, string runtime)
    {
        var text = Encoding.UTF8.GetString(code);
        try
        {
            if (runtime == "cloudfront-js-1.0") return new ScriptCode(Engine.PrepareScript(text, "function"), null);
            _ = Engine.PrepareModule(text, "function");
            return new ScriptCode(default, text + "\n;globalThis.handler = typeof handler === 'function' ? handler : undefined;");
        }
        catch (Exception e) when (e is ParseErrorException or ScriptPreparationException)
        {
            throw new ScriptFault((e.InnerException ?? e).Message);
        }
    }

    /// <param name="eventJson">The event.</param>
    /// <param name="values">The associated key-value store; null for none.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a function makes the engine throw is the function's own error.")]
    public ScriptResult Run(string eventJson, KeyValues? values)
    {
        var printed = new List<string>();
        try
        {
            var engine = new Engine(options =>
            {
                options.TimeoutInterval(Time).MaxStatements(MaxStatements).LimitRecursion(MaxDepth).LimitMemory(MaxAllocated);
                options.Constraints.RegexTimeout = TimeSpan.FromMilliseconds(200);
                options.Host.StringCompilationAllowed = false;
            });
            Give(engine, printed, values);
            engine.Execute(Prelude);
            if (_module is null) engine.Execute(_script);
            else
            {
                foreach (var name in (string[])["cloudfront", "crypto", "querystring", "buffer"])
                    engine.Modules.Add(name, $"const m = require('{name}'); export default m; {(name == "buffer" ? "export const Buffer = m.Buffer;" : name == "querystring" ? "export const parse = m.parse, stringify = m.stringify;" : "")}");
                engine.Modules.Add("function", _module);
                engine.Modules.Import("function");
            }

            var result = engine.Invoke("__run", eventJson).UnwrapIfPromise();
            return new ScriptResult(result.IsString() ? result.AsString() : null, printed, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new ScriptResult(null, printed, Told(e));
        }
    }

    private static string Told(Exception e) => e switch
    {
        PromiseRejectedException rejected => Described(rejected.RejectedValue),
        JavaScriptException script => Described(script.Error),
        TimeoutException or StatementsCountOverflowException => "The function exceeded its time limit.",
        MemoryLimitExceededException => "The function exceeded its memory limit.",
        RecursionDepthOverflowException => "RangeError: Maximum call stack size exceeded",
        _ => e.Message,
    };

    private static string Described(JsValue error) => error.IsObject() && error.AsObject() is var thrown && thrown.Get("message") is var message && !message.IsUndefined()
        ? $"{TypeConverter.ToString(thrown.Get("name"))}: {TypeConverter.ToString(message)}" : TypeConverter.ToString(error);

    /// <summary>The few things of ours that the prelude builds on: text in, text out.</summary>
    private static void Give(Engine engine, List<string> printed, KeyValues? values)
    {
        void Add(string name, Func<string[], JsValue> body)
            => engine.SetValue(name, new ClrFunction(engine, name, (_, arguments) => body([.. arguments.Select(argument => argument.IsUndefined() || argument.IsNull() ? "" : TypeConverter.ToString(argument))])));
        Add("__print", arguments =>
        {
            if (printed.Count < MaxPrinted) printed.Add(arguments[0]);
            return JsValue.Undefined;
        });
        Add("__hash", arguments => Hash(arguments[0], arguments[1] == "hmac" ? Latin(arguments[2]) : null, Latin(arguments[3])) is { } hash ? Encoding.Latin1.GetString(hash) : JsValue.Null);
        Add("__btoa", arguments => Convert.ToBase64String(Latin(arguments[0])));
        Add("__atob", arguments => TryBase64(arguments[0]) is { } bytes ? Encoding.Latin1.GetString(bytes) : JsValue.Null);
        Add("__utf8", arguments => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(arguments[0])));
        Add("__fromUtf8", arguments => Encoding.UTF8.GetString(Latin(arguments[0])));
        Add("__kvs", arguments => values is null ? JsValue.Null : arguments[0] switch
        {
            "get" => values.Items.TryGetValue(arguments[1], out var value) ? value : JsValue.Undefined,
            "count" => values.Items.Count,
            "id" => values.Id,
            "created" => values.Created,
            _ => values.Modified,
        });
    }

    private static byte[]? Hash(string algorithm, byte[]? key, byte[] data) => (algorithm, key) switch
    {
        ("md5", null) => MD5.HashData(data),
        ("sha1", null) => SHA1.HashData(data),
        ("sha256", null) => SHA256.HashData(data),
        ("md5", not null) => HMACMD5.HashData(key, data),
        ("sha1", not null) => HMACSHA1.HashData(key, data),
        ("sha256", not null) => HMACSHA256.HashData(key, data),
        _ => null,
    };

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[]? TryBase64(string text)
    {
        var plain = text.Replace('-', '+').Replace('_', '/').TrimEnd('=');
        plain += new string('=', (4 - plain.Length % 4) % 4);
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain, bytes, out var length) ? bytes[..length] : null;
    }
}

/// <summary>A key-value store as a running function sees it.</summary>
internal sealed record KeyValues(string Id, double Created, double Modified, IReadOnlyDictionary<string, string> Items);
