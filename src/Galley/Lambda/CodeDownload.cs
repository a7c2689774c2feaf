using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>The link to a function's zip in GetFunction's answer: good for ten minutes, for whoever has it, as AWS's.</summary>
internal static class CodeDownload
{
    private const string Path = "/2015-03-31/code/";
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(10);

    public static string Location(Installation installation, string blob)
    {
        var expires = (installation.Now + Validity).ToUnixTimeSeconds();
        return $"http://127.0.0.1:{installation.Port}{Path}{blob}?expires={expires}&signature={Convert.ToHexStringLower(Sign(installation, blob, expires))}";
    }

    /// <summary>The zip, or null for a request that is no such link.</summary>
    public static Reply? Answer(Installation installation, CodeStore code, ApiRequest request)
    {
        if (request.Method != "GET" || !request.RawPath.StartsWith(Path, StringComparison.Ordinal)) return null;
        var blob = request.RawPath[Path.Length..];
        if (!long.TryParse(request.QueryValue("expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            || expires < installation.Now.ToUnixTimeSeconds()
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Sign(installation, blob, expires))), Encoding.UTF8.GetBytes(request.QueryValue("signature") ?? "")))
            return Reply.Text("Access Denied", "text/plain", 403);
        try
        {
            using var zip = (MemoryStream)code.Zip(blob);
            return new Reply { Body = zip.ToArray() }.With("Content-Type", "application/zip");
        }
        catch (FileNotFoundException)
        {
            return Reply.Text("Not Found", "text/plain", 404);
        }
    }

    private static byte[] Sign(Installation installation, string blob, long expires)
        => installation.Secrets.Mac("lambda-code", Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{blob} {expires}")));
}
