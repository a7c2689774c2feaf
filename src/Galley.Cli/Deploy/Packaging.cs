using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace Galley.Cli.Deploy;

/// <summary>
/// Local files of a template become objects in a bucket, as `aws cloudformation package` does: named by content,
/// so what has not changed is not sent again and changes nothing. Only those values are replaced; every other character of the template stays.
/// </summary>
internal sealed class Packaging(AwsClient aws, string bucket, Progress progress, bool codeMayLack = false)
{
    /// <summary>A nested template deeper than this names itself.</summary>
    private const int Deepest = 20;

    private readonly Dictionary<(string Path, LocalKind Kind), string> _keys = [];

    /// <summary>Nothing is sent; what would be is said.</summary>
    public bool OnlySay { get; init; }

    /// <summary>The resources of a template with their types, as it writes them.</summary>
    public static IEnumerable<(string Name, string Type)> Resources(string template)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(template));
        return yaml.Documents is [{ RootNode: var root }, ..] && LocalFiles.Member(root, "Resources") is YamlMappingNode resources
            ? resources.Children.Select(pair => (((YamlScalarNode)pair.Key).Value!, (LocalFiles.Member(pair.Value, "Type") as YamlScalarNode)?.Value ?? "?"))
            : [];
    }

    /// <summary>The template's text with every local file and folder replaced by its place in S3.</summary>
    /// <exception cref="CliException">One does not exist.</exception>
    public Task<string> Package(string templatePath, CancellationToken cancel) => Package(templatePath, 0, cancel);

    /// <summary>A template that is too long to be sent in a request; gives its URL.</summary>
    public async Task<string> Upload(string template, CancellationToken cancel)
        => new Place(bucket, await Send("the template", Encoding.UTF8.GetBytes(template), ".template", "text/plain", cancel), aws.Region).Url.Trim('"');

    private async Task<string> Package(string templatePath, int depth, CancellationToken cancel)
    {
        if (depth > Deepest) throw new CliException($"{templatePath} is nested more than {Deepest} templates deep: it seems to contain itself.");
        var template = await File.ReadAllTextAsync(templatePath, cancel);
        foreach (var file in LocalFiles.Of(template))
        {
            var path = PathOf(templatePath, file.Path);
            if (!_keys.TryGetValue((path, file.Kind), out var key)) _keys[(path, file.Kind)] = key = await Key(path, file.Kind, templatePath, depth, cancel);
            template = template[..file.Start] + file.Write(new Place(bucket, key, aws.Region)) + template[file.End..];
        }

        return template;
    }

    /// <summary>The local files and folders from which a template takes code.</summary>
    public static IEnumerable<string> CodeOf(string templatePath)
        => LocalFiles.Of(File.ReadAllText(templatePath)).Where(file => file.Kind == LocalKind.Code && file.End > file.Start).Select(file => PathOf(templatePath, file.Path)).Distinct();

    private static string PathOf(string templatePath, string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(templatePath)!, path)));

    private async Task<string> Key(string path, LocalKind kind, string templatePath, int depth, CancellationToken cancel)
    {
        if (OnlySay && kind == LocalKind.Code && !Path.Exists(path))
        {
            progress.Say($"upload   {path}, once it is built");
            return "not-built-yet.zip";
        }

        if (kind == LocalKind.Code && codeMayLack && !Path.Exists(path)) return await Send(path, Stub(), ".zip", "application/zip", cancel);
        if (kind != LocalKind.Template && Directory.Exists(path) || kind == LocalKind.Code && File.Exists(path)) return await Send(path, Zip(path), ".zip", "application/zip", cancel);
        if (!File.Exists(path)) throw new CliException($"{templatePath} names {path}, which does not exist.{(kind == LocalKind.Code ? " Is it built? (`build:` in galley.yaml)" : "")}");
        var content = kind == LocalKind.Template ? Encoding.UTF8.GetBytes(await Package(path, depth + 1, cancel)) : await File.ReadAllBytesAsync(path, cancel);
        return await Send(path, content, kind == LocalKind.Template ? ".template" : Path.GetExtension(path), SiteDeployment.TypeOf(path), cancel);
    }

    private async Task<string> Send(string path, byte[] content, string extension, string type, CancellationToken cancel)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(content)) + extension;
        if (await aws.S3Exists(bucket, key, cancel)) return key;
        if (OnlySay) progress.Say($"upload   {path}, {Math.Max(1, content.Length / 1024)} KB, to s3://{bucket}");
        else await aws.S3Put(bucket, key, content, type, null, cancel);
        return key;
    }

    /// <summary>Code that says why it is none.</summary>
    private static byte[] Stub()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry("bootstrap");
            entry.LastWriteTime = FolderZip.Time;
            entry.ExternalAttributes = 0x81ED << 16;
            using var content = entry.Open();
            content.Write("#!/bin/sh\necho 'This function was deployed without its code, to be handled in process.' >&2\nexit 1\n"u8);
        }

        return bytes.ToArray();
    }

    private static bool IsZip(string path)
    {
        if (!File.Exists(path)) return false;
        using var file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[4];
        return file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.SequenceEqual("PK\u0003\u0004"u8);
    }

    /// <summary>A folder, or one file; a zip is taken as it is.</summary>
    private static byte[] Zip(string path)
    {
        if (IsZip(path)) return File.ReadAllBytes(path);
        if (!Directory.Exists(path)) return FolderZip.Of(Path.GetDirectoryName(path)!, [path]);
        return FolderZip.Of(path, Directory.GetFiles(path, "*", SearchOption.AllDirectories).Where(file => FolderZip.Counts(Path.GetRelativePath(path, file))));
    }
}
