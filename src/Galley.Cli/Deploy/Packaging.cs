using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Galley.Cli.Deploy;

/// <summary>
/// Local `CodeUri` folders of a template become zips in a bucket, as `aws cloudformation package` does: named by content,
/// so what has not changed is not sent again and changes nothing.
/// </summary>
internal sealed partial class Packaging(AwsClient aws, string bucket)
{
    private static readonly DateTimeOffset ZipTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The template's text with every local code folder replaced by its place in S3.</summary>
    public async Task<string> Package(string templatePath, CancellationToken cancel)
    {
        var template = await File.ReadAllTextAsync(templatePath, cancel);
        var uploaded = new Dictionary<string, string>();
        foreach (Match match in LocalCode().Matches(template))
        {
            var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(templatePath)!, match.Groups["path"].Value));
            if (uploaded.ContainsKey(match.Groups["path"].Value)) continue;
            if (!Directory.Exists(folder)) throw new CliException($"{templatePath} takes code from {folder}, which does not exist. Is it built? (`build:` in galley.yaml)");
            uploaded[match.Groups["path"].Value] = await Upload(Zip(folder), cancel);
        }

        return LocalCode().Replace(template, match => match.Groups["key"].Value + uploaded[match.Groups["path"].Value]);
    }

    private async Task<string> Upload(byte[] zip, CancellationToken cancel)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(zip)) + ".zip";
        if (!await aws.S3Exists(bucket, key, cancel)) await aws.S3Put(bucket, key, zip, "application/zip", null, cancel);
        return $"s3://{bucket}/{key}";
    }

    /// <summary>The same folder gives the same bytes: sorted, one fixed time, executable where the file is.</summary>
    private static byte[] Zip(string folder)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
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

    [GeneratedRegex(@"^(?<key>[ \t]*CodeUri:[ \t]+)(?<path>(?!s3://|[!{])[^\s#]+)", RegexOptions.Multiline)]
    private static partial Regex LocalCode();
}
