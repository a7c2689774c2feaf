using System.IO.Compression;
using System.Reflection;

namespace Galley.Edge;

/// <summary>
/// The built console (folder console/), packed with Brotli and embedded in the program: the bytes are read out of the program's own file when a
/// page asks, so that a Galley whose console nobody opens holds none of it in memory. Empty where the program was built without it.
/// </summary>
internal static class ConsoleFiles
{
    private const string Prefix = "console/";

    private static readonly Assembly Home = typeof(ConsoleFiles).Assembly;

    private static readonly Lazy<HashSet<string>> Names = new(() =>
        [.. Home.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..].Replace('\\', '/'))]);

    public static bool Has(string path) => Names.Value.Contains(path);

    /// <param name="path">`index.html`, `assets/…`</param>
    /// <param name="packed">As it is kept, for a client that reads Brotli.</param>
    public static Stream Open(string path, bool packed)
    {
        var stream = Home.GetManifestResourceStream(Prefix + path) ?? Home.GetManifestResourceStream(Prefix + path.Replace('/', '\\')) ?? throw new FileNotFoundException(path);
        return packed ? stream : new BrotliStream(stream, CompressionMode.Decompress);
    }
}
