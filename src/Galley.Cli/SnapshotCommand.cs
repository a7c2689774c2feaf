using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>
/// `galley snapshot save|load|list|diff NAME`: the whole state as a folder of readable files, for a team to keep in git. A folder is written whole
/// beside its place and then renamed, so that no crash leaves half of one.
/// </summary>
internal static class SnapshotCommand
{
    private static readonly Option<string> Folder = new("--dir") { Description = "Where snapshots are.", HelpName = "DIR", DefaultValueFactory = _ => "snapshots" };

    public static Command Build() => new("snapshot", "Keep the whole state as files, and bring it back.") { Save(), Load(), List(), Diff() };

    private static Command Save()
    {
        var name = new Argument<string>("NAME") { Description = "The snapshot's name: its folder in DIR." };
        var command = new Command("save", "Write the state of a running Galley to DIR/NAME.") { name, Folder, ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var place = SnapshotFolder.Of(result.GetValue(Folder)!, result.GetValue(name)!);
            place.Write(await aws.SaveState(cancel));
            Console.WriteLine($"{place.Path}: {Entries(place.Read())} entries. keys.json opens the secrets in it: keep it out of what others may read.");
            return 0;
        });
        return command;
    }

    private static Command Load()
    {
        var name = new Argument<string>("NAME") { Description = "The snapshot's name: its folder in DIR." };
        var command = new Command("load", "Replace the state of a running Galley by DIR/NAME.") { name, Folder, ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var place = SnapshotFolder.Of(result.GetValue(Folder)!, result.GetValue(name)!);
            await aws.LoadState(place.Zip(), cancel);
            Console.WriteLine($"{place.Path} is loaded.");
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the snapshots in DIR.") { Folder };
        command.SetAction(result =>
        {
            foreach (var place in SnapshotFolder.All(result.GetValue(Folder)!))
            {
                using var info = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(place.Path, "snapshot.json")));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{place.Name,-24} {info.RootElement.GetProperty("time").GetDateTimeOffset():u}  {Entries(place.Read()),8} entries"));
            }
        });
        return command;
    }

    private static Command Diff()
    {
        var name = new Argument<string>("NAME") { Description = "The snapshot's name: its folder in DIR." };
        var other = new Argument<string?>("OTHER") { Description = "Another snapshot; none for the running Galley.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("diff", "Show what differs, entry by entry, from NAME to OTHER.") { name, other, Folder, ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            var folder = result.GetValue(Folder)!;
            var before = SnapshotFolder.Of(folder, result.GetValue(name)!).Read();
            Dictionary<string, byte[]> after;
            if (result.GetValue(other) is { } second)
            {
                after = SnapshotFolder.Of(folder, second).Read();
            }
            else
            {
                using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
                after = SnapshotFolder.Files(await aws.SaveState(cancel));
            }

            var differences = Compare(before, after).ToList();
            foreach (var line in differences) Console.WriteLine(line);
            return differences.Count == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary>`+`, `-` and `~` with the entry's key; what changed of a changed one below it.</summary>
    private static IEnumerable<string> Compare(Dictionary<string, byte[]> before, Dictionary<string, byte[]> after)
    {
        var (old, now) = (ByKey(before), ByKey(after));
        foreach (var key in old.Keys.Union(now.Keys).Order(StringComparer.Ordinal))
            if (!now.TryGetValue(key, out var value)) yield return "- " + key;
            else if (!old.TryGetValue(key, out var was)) yield return "+ " + key;
            else if (was != value) yield return $"~ {key}\n    - {was}\n    + {value}";
        foreach (var file in before.Keys.Union(after.Keys).Where(file => file.StartsWith("blobs", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            if (before.ContainsKey(file) != after.ContainsKey(file))
                yield return $"{(after.ContainsKey(file) ? '+' : '-')} {file}";
    }

    private static Dictionary<string, string> ByKey(Dictionary<string, byte[]> files)
    {
        var entries = new Dictionary<string, string>();
        foreach (var (file, content) in files)
            if (file.StartsWith("store/", StringComparison.Ordinal))
                foreach (var line in System.Text.Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    using var entry = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 512 });
                    entries[entry.RootElement.GetProperty("key").GetRawText()] = string.Join(' ', entry.RootElement.EnumerateObject().Where(member => member.Name is not ("key" or "head")).Select(member => member.Value.GetRawText()));
                }

        return entries;
    }

    private static int Entries(Dictionary<string, byte[]> files) => files.Where(file => file.Key.StartsWith("store/", StringComparison.Ordinal)).Sum(file => file.Value.Count(letter => letter == (byte)'\n'));
}

/// <summary>One snapshot on the disk.</summary>
internal sealed class SnapshotFolder
{
    private SnapshotFolder(string folder, string name) => (Name, Path, New, Old) = (name, System.IO.Path.Combine(folder, name), System.IO.Path.Combine(folder, $".{name}.new"), System.IO.Path.Combine(folder, $".{name}.old"));

    public string Name { get; }

    public string Path { get; }

    private string New { get; }

    private string Old { get; }

    public static SnapshotFolder Of(string folder, string name)
        => name.Length > 0 && name[0] != '.' && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? new SnapshotFolder(folder, name)
            : throw new CliException($"'{name}' is no name for a snapshot: letters, digits, `-`, `_` and inner dots.");

    public static IEnumerable<SnapshotFolder> All(string folder)
        => Directory.Exists(folder) ? Directory.GetDirectories(folder).Select(System.IO.Path.GetFileName).Where(name => File.Exists(System.IO.Path.Combine(folder, name!, "snapshot.json")) && name![0] != '.').Order(StringComparer.Ordinal).Select(name => Of(folder, name!)) : [];

    /// <summary>Written whole beside its place, on the disk, then renamed into it.</summary>
    public void Write(byte[] zip)
    {
        foreach (var rest in (string[])[New, Old])
            if (Directory.Exists(rest) && Directory.Exists(Path)) Directory.Delete(rest, recursive: true);
        if (Directory.Exists(New)) Directory.Delete(New, recursive: true);
        foreach (var (name, content) in Files(zip))
        {
            var file = System.IO.Path.Combine(New, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            if (name == "keys.json") PrivateFiles.Write(file, System.Text.Encoding.UTF8.GetString(content));
            else Store.Embedded.Disk.Write(file, content);
        }

        foreach (var made in Directory.GetDirectories(New, "*", SearchOption.AllDirectories).Append(New)) Store.Embedded.Disk.FlushFolder(System.IO.Path.GetFullPath(made));
        if (Directory.Exists(Path)) Directory.Move(Path, Old);
        Directory.Move(New, Path);
        Store.Embedded.Disk.FlushFolder(System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "..")));
        if (Directory.Exists(Old)) Directory.Delete(Old, recursive: true);
    }

    /// <summary>Relative name → content.</summary>
    public Dictionary<string, byte[]> Read()
    {
        // A crash between the two renames of a save leaves the snapshot under its other name.
        var place = Directory.Exists(Path) ? Path : Directory.Exists(Old) ? Old : throw new CliException($"There is no snapshot {Path}.");
        return Directory.GetFiles(place, "*", SearchOption.AllDirectories).ToDictionary(file => System.IO.Path.GetRelativePath(place, file).Replace('\\', '/'), File.ReadAllBytes);
    }

    public byte[] Zip()
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
            foreach (var (name, content) in Read())
            {
                using var to = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                to.Write(content);
            }

        return bytes.ToArray();
    }

    public static Dictionary<string, byte[]> Files(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip), ZipArchiveMode.Read);
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var from = entry.Open();
            using var bytes = new MemoryStream();
            from.CopyTo(bytes);
            return bytes.ToArray();
        });
    }
}
