using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Cli.Deploy;

/// <summary>The built site into its bucket: config.json from the stack's outputs, only what changed is sent, what is gone is removed, the cache emptied.</summary>
internal sealed class SiteDeployment(AwsClient aws, SiteStep site, Progress progress)
{
    private const string ConfigFile = "config.json";

    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".json"] = "application/json",
        [".map"] = "application/json",
        [".webmanifest"] = "application/manifest+json",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".avif"] = "image/avif",
        [".ico"] = "image/vnd.microsoft.icon",
        [".woff2"] = "font/woff2",
        [".woff"] = "font/woff",
        [".txt"] = "text/plain; charset=utf-8",
        [".xml"] = "application/xml",
        [".wasm"] = "application/wasm",
        [".pdf"] = "application/pdf",
    };

    /// <param name="outputs">The stack's outputs.</param>
    /// <param name="address">Turns an AWS address into the one this deployment is reached at.</param>
    /// <param name="cancel">Ctrl-C.</param>
    public async Task Deploy(Dictionary<string, string> outputs, Func<string, string> address, CancellationToken cancel)
    {
        var bucket = outputs.Output(site.Bucket);
        var files = Files(outputs, address);
        var (changed, gone) = Differences(files, await aws.S3List(bucket, cancel));
        // Pages that name other files go last, so that nobody is sent to a file that is not there yet.
        foreach (var (key, content) in changed.OrderBy(file => file.Key.EndsWith(".html", StringComparison.Ordinal)))
            await aws.S3Put(bucket, key, content, TypeOf(key), CacheControl(key), cancel);
        foreach (var key in gone) await aws.S3Delete(bucket, key, cancel);
        progress.Say($"site: {changed.Count} of {files.Count} files sent to s3://{bucket}");
        if (site.Distribution is { } distribution && changed.Count > 0) await Invalidate(outputs.Output(distribution), cancel);
    }

    public static string TypeOf(string key) => Types.GetValueOrDefault(Path.GetExtension(key), "application/octet-stream");

    /// <summary>Only the site's addresses, which have changed.</summary>
    public Task Configure(Dictionary<string, string> outputs, Func<string, string> address, CancellationToken cancel)
        => aws.S3Put(outputs.Output(site.Bucket), ConfigFile, Config(outputs, address), Types[".json"], CacheControl(ConfigFile), cancel);

    private byte[] Config(Dictionary<string, string> outputs, Func<string, string> address)
    {
        var config = new JsonObject();
        foreach (var (member, output) in site.Config) config[member] = address(outputs.Output(output));
        return Encoding.UTF8.GetBytes(config.ToJsonString());
    }

    /// <summary>Says what would be sent and removed.</summary>
    /// <param name="outputs">Of the stack as it is; null where there is none yet.</param>
    /// <param name="address">As for <see cref="Deploy"/>.</param>
    /// <param name="cancel">Ctrl-C.</param>
    public async Task Plan(Dictionary<string, string>? outputs, Func<string, string> address, CancellationToken cancel)
    {
        if (!Directory.Exists(site.Folder)) progress.Say($"site     the files of {site.Folder}, once they are built");
        else if (outputs is null || !outputs.ContainsKey(site.Bucket) || site.Config.Values.Any(output => !outputs.ContainsKey(output))) progress.Say($"site     all files of {site.Folder}{(site.Config.Count > 0 ? " and " + ConfigFile : "")}");
        else
        {
            var (changed, gone) = Differences(Files(outputs, address), await aws.S3List(outputs[site.Bucket], cancel));
            progress.Say($"site     {changed.Count} files to send to s3://{outputs[site.Bucket]}, {gone.Count} to remove");
            foreach (var (key, _) in changed) progress.Say($"  Send      {key}");
            foreach (var key in gone) progress.Say($"  Remove    {key}");
            if (site.Distribution is { } distribution && changed.Count > 0) progress.Say($"cache    of {outputs.Output(distribution)} emptied");
        }
    }

    private Dictionary<string, byte[]> Files(Dictionary<string, string> outputs, Func<string, string> address)
    {
        var files = Directory.GetFiles(site.Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(site.Folder, file).Replace('\\', '/'), File.ReadAllBytes);
        if (site.Config.Count > 0) files[ConfigFile] = Config(outputs, address);
        return files;
    }

    private static (List<KeyValuePair<string, byte[]>> Changed, List<string> Gone) Differences(Dictionary<string, byte[]> files, Dictionary<string, string> there)
        => ([.. files.Where(file => there.GetValueOrDefault(file.Key) != Convert.ToHexStringLower(MD5.HashData(file.Value)))], [.. there.Keys.Except(files.Keys).Order(StringComparer.Ordinal)]);

    /// <summary>Names with a hash in them never change; everything else is asked for again.</summary>
    private static string CacheControl(string key) => key.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";

    private async Task Invalidate(string distribution, CancellationToken cancel)
    {
        await aws.Xml("cloudfront", HttpMethod.Post, $"/2020-05-31/distribution/{distribution}/invalidation",
            $"<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths><CallerReference>galley-{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}</CallerReference></InvalidationBatch>",
            cancel);
        progress.Say($"cache of {distribution} emptied");
    }
}

internal static class OutputReading
{
    public static string Output(this Dictionary<string, string> outputs, string name)
        => outputs.TryGetValue(name, out var value) ? value : throw new CliException($"galley.yaml asks for the output {name}, which the stack does not have. It has: {string.Join(", ", outputs.Keys.Order())}.");
}
