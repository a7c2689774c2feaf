using System.IO.Compression;
using System.Security.Cryptography;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Galley.Cli.Deploy;

/// <summary>
/// Local code of a template becomes objects in a bucket, as `aws cloudformation package` does: named by content,
/// so what has not changed is not sent again and changes nothing. Only those values are replaced; every other character of the template stays.
/// </summary>
internal sealed class Packaging(AwsClient aws, string bucket, Progress progress, bool codeMayLack = false)
{
    private static readonly DateTimeOffset ZipTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Resource type → the property that may name a local folder or file, and how its place in S3 is written.</summary>
    private static readonly Dictionary<string, (string Property, Func<string, string, string> Form)> Packaged = new()
    {
        ["AWS::Serverless::Function"] = ("CodeUri", AsUri),
        ["AWS::Serverless::LayerVersion"] = ("ContentUri", AsUri),
        ["AWS::Lambda::Function"] = ("Code", AsObject),
        ["AWS::Lambda::LayerVersion"] = ("Content", AsObject),
    };

    /// <summary>Nothing is sent; what would be is said.</summary>
    public bool OnlySay { get; init; }

    /// <summary>The resources of a template with their types, as it writes them.</summary>
    public static IEnumerable<(string Name, string Type)> Resources(string template)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(template));
        return yaml.Documents is [{ RootNode: var root }, ..] && Member(root, "Resources") is YamlMappingNode resources
            ? resources.Children.Select(pair => (((YamlScalarNode)pair.Key).Value!, (Member(pair.Value, "Type") as YamlScalarNode)?.Value ?? "?"))
            : [];
    }

    /// <summary>The template's text with every local code folder replaced by its place in S3.</summary>
    public async Task<string> Package(string templatePath, CancellationToken cancel)
    {
        var template = await File.ReadAllTextAsync(templatePath, cancel);
        var places = new Dictionary<string, string>();
        foreach (var (node, form) in LocalCode(template).OrderByDescending(found => found.Node.Start.Index))
        {
            var path = PathOf(templatePath, node);
            if (OnlySay && !Path.Exists(path))
            {
                if (places.TryAdd(path, "not-built-yet.zip")) progress.Say($"upload   {path}, once it is built");
            }
            else if (!Path.Exists(path) && !codeMayLack) throw new CliException($"{templatePath} takes code from {path}, which does not exist. Is it built? (`build:` in galley.yaml)");
            if (!places.TryGetValue(path, out var key)) places[path] = key = await Upload(path, Zip(path), cancel);
            template = template[..(int)node.Start.Index] + form(bucket, places[path]) + template[(int)node.End.Index..];
        }

        return template;
    }

    /// <summary>The local files and folders from which a template takes code.</summary>
    public static IEnumerable<string> CodeOf(string templatePath)
        => LocalCode(File.ReadAllText(templatePath)).Select(found => PathOf(templatePath, found.Node)).Distinct();

    private static string PathOf(string templatePath, YamlScalarNode node) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(templatePath)!, node.Value!)));

    private static string AsUri(string bucket, string key) => $"\"s3://{bucket}/{key}\"";

    /// <summary>JSON, which YAML reads as well.</summary>
    private static string AsObject(string bucket, string key) => $$"""{"S3Bucket": "{{bucket}}", "S3Key": "{{key}}"}""";

    /// <summary>The values that name local code. A template that cannot be read has none: CloudFormation says what is wrong with it.</summary>
    private static List<(YamlScalarNode Node, Func<string, string, string> Form)> LocalCode(string template)
    {
        var found = new List<(YamlScalarNode, Func<string, string, string>)>();
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(template));
            if (yaml.Documents is not [{ RootNode: var root }, ..]) return found;
            if (Member(root, "Globals") is { } globals && Member(globals, "Function") is { } shared) Add(shared, "AWS::Serverless::Function");
            foreach (var resource in (Member(root, "Resources") as YamlMappingNode)?.Children.Values ?? [])
                if (Member(resource, "Type") is YamlScalarNode { Value: { } type } && Member(resource, "Properties") is { } properties)
                    Add(properties, type);
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            found.Clear();
        }

        return found;

        void Add(YamlNode properties, string type)
        {
            if (Packaged.TryGetValue(type, out var packaged) && Member(properties, packaged.Property) is YamlScalarNode { Value.Length: > 0, Tag.IsEmpty: true } node
                && !node.Value.StartsWith("s3://", StringComparison.Ordinal) && !node.Value.StartsWith("https://", StringComparison.Ordinal))
                found.Add((node, packaged.Form));
        }
    }

    private static YamlNode? Member(YamlNode node, string name) => node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : null;

    private async Task<string> Upload(string path, byte[] zip, CancellationToken cancel)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(zip)) + ".zip";
        if (await aws.S3Exists(bucket, key, cancel)) return key;
        if (OnlySay) progress.Say($"upload   {path}, {Math.Max(1, zip.Length / 1024)} KB, to s3://{bucket}");
        else await aws.S3Put(bucket, key, zip, "application/zip", null, cancel);
        return key;
    }

    /// <summary>Code that says why it is none.</summary>
    private static byte[] Stub()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry("bootstrap");
            entry.LastWriteTime = ZipTime;
            entry.ExternalAttributes = 0x81ED << 16;
            using var content = entry.Open();
            content.Write("#!/bin/sh\necho 'This function was deployed without its code, to be handled in process.' >&2\nexit 1\n"u8);
        }

        return bytes.ToArray();
    }

    /// <summary>The same files give the same bytes: sorted, one fixed time, executable where the file is. A zip is taken as it is.</summary>
    private static byte[] Zip(string path)
    {
        if (!Path.Exists(path)) return Stub();
        if (Path.GetExtension(path) is ".zip" or ".jar") return File.ReadAllBytes(path);
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        var files = folder == path ? Directory.GetFiles(path, "*", SearchOption.AllDirectories) : [path];
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var file in files
                         .Where(file => !file.EndsWith(".pdb", StringComparison.Ordinal) && !file.EndsWith(".dbg", StringComparison.Ordinal) && !file.Contains("__pycache__", StringComparison.Ordinal))
                         .Order(StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'), CompressionLevel.Fastest);
                entry.LastWriteTime = ZipTime;
                var runs = Path.GetFileName(file) == "bootstrap" || !OperatingSystem.IsWindows() && File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute);
                entry.ExternalAttributes = (runs ? 0x81ED : 0x81A4) << 16; // regular file, 0755 or 0644
                using var content = entry.Open();
                using var source = File.OpenRead(file);
                source.CopyTo(content);
            }

        return bytes.ToArray();
    }
}
