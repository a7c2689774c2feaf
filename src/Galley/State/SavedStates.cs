using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Store;
using Galley.Wire;

namespace Galley.State;

/// <summary>
/// The whole state of an installation as a zip of readable files (decision 0029): `snapshot.json`, `keys.json`, one `store/….jsonl` for each first
/// part of a key, and the blobs. Saved in one moment; loaded in one commit, so that a crash leaves either the old state or the new.
/// </summary>
internal sealed class SavedStates(Installation installation, Func<ValueTask> forget)
{
    public const int MaxSize = 1 << 30;
    private const int Format = 1;
    private static readonly string[] Areas = ["s3"];

    public void AddTo(JsonService own)
    {
        own.AddRaw<Empty>("GET /_galley/snapshot", SaveSnapshot, of: () => StateJson.Default);
        own.AddRaw<Empty>("PUT /_galley/snapshot", LoadSnapshot, of: () => StateJson.Default);
    }

    /// <summary>`galley:SaveSnapshot`. Written inside a write: meanwhile nothing is committed, and no blob that the state holds can go.</summary>
    private async ValueTask<Reply> SaveSnapshot(Empty request, ApiRequest api, Call call)
    {
        var file = Path.Combine(installation.ScratchFolder, installation.Ids.Next(16) + ".zip");
        try
        {
            await installation.Store.Write(async transaction =>
            {
                await using var zip = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
                Put(zip, "snapshot.json", JsonSerializer.SerializeToUtf8Bytes(new SnapshotInfo(Format, installation.Account, installation.Region, installation.Now), StateJson.Default.SnapshotInfo));
                Put(zip, "keys.json", JsonSerializer.SerializeToUtf8Bytes(new SnapshotKeys(Convert.ToBase64String(installation.Secrets.Key)), StateJson.Default.SnapshotKeys));
                await PutStore(zip, transaction);
                PutBlobs(zip, "blobs/", installation.Blobs);
                foreach (var area in Areas) PutBlobs(zip, $"blobs-{area}/", installation.Blobs.Area(area));
                return true;
            });
            return new Reply
            {
                Stream = async (to, cancel) =>
                {
                    await using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
                    await from.CopyToAsync(to, cancel);
                },
            }.With("Content-Type", "application/zip");
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    /// <summary>`galley:LoadSnapshot`. Blobs first, then the key they are sealed with, then everything else in one commit.</summary>
    private async ValueTask<Reply> LoadSnapshot(Empty request, ApiRequest api, Call call)
    {
        List<(byte[] Key, byte[] Value)> entries = [];
        byte[] key;
        try
        {
            using var zip = new ZipArchive(new MemoryStream(api.Body.ToArray(), writable: false), ZipArchiveMode.Read);
            var info = JsonSerializer.Deserialize(Bytes(zip, "snapshot.json"), StateJson.Default.SnapshotInfo)!;
            if (info.Format != Format) throw Invalid($"the snapshot is of format {info.Format}; this Galley reads {Format}");
            if (info.Account != installation.Account) throw Invalid($"the snapshot is of account {info.Account}; start Galley with --account {info.Account} to load it");
            key = Convert.FromBase64String(JsonSerializer.Deserialize(Bytes(zip, "keys.json"), StateJson.Default.SnapshotKeys)!.MasterKey);
            if (key.Length != 32) throw Invalid("keys.json holds no key");
            foreach (var entry in zip.Entries)
                if (entry.FullName.StartsWith("store/", StringComparison.Ordinal)) entries.AddRange(Lines(Bytes(entry)).Select(line => ValueText.Read(line)));
                else if (entry.FullName.StartsWith("blobs/", StringComparison.Ordinal)) await PutBlob(installation.Blobs, entry, call.Cancellation);
                else if (Areas.FirstOrDefault(area => entry.FullName.StartsWith($"blobs-{area}/", StringComparison.Ordinal)) is { } area) await PutBlob(installation.Blobs.Area(area), entry, call.Cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or JsonException)
        {
            throw Invalid(e.Message);
        }

        MasterKeys.Keep(installation.Options, key);
        await installation.Store.Write(async transaction =>
        {
            await transaction.DeleteAll([]);
            foreach (var (name, value) in entries) transaction.Put(name, value);
            MasterKeys.Mark(transaction, key);
            return true;
        });
        installation.Secrets.Use(key);
        await forget();
        return new Reply { Body = "{}"u8.ToArray() }.With("Content-Type", "application/json");
    }

    private static async ValueTask PutStore(ZipArchive zip, ISnapshot snapshot)
    {
        string? part = null;
        Stream? file = null;
        try
        {
            await foreach (var entry in snapshot.Range([], [0xFF, 0xFF, 0xFF, 0xFF]))
            {
                if (MasterKeys.IsMark(entry.Key)) continue;
                var first = KeyText.Of(entry.Key)[0] is System.Text.Json.Nodes.JsonValue text && text.TryGetValue<string>(out var name) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? name : "other";
                if (first != part)
                {
                    if (file is not null) await file.DisposeAsync();
                    (part, file) = (first, await zip.CreateEntry($"store/{first}.jsonl", CompressionLevel.Fastest).OpenAsync());
                }

                ValueText.Write(file!, entry.Key, entry.Value);
            }
        }
        finally
        {
            if (file is not null) await file.DisposeAsync();
        }
    }

    private static void PutBlobs(ZipArchive zip, string folder, IBlobs blobs)
    {
        foreach (var name in blobs.All())
            try
            {
                using var from = blobs.Open(name);
                using var to = zip.CreateEntry(folder + name, CompressionLevel.NoCompression).Open();
                from.CopyTo(to);
            }
            catch (FileNotFoundException)
            {
                // nobody held it, and it has just been swept
            }
    }

    private static async ValueTask PutBlob(IBlobs blobs, ZipArchiveEntry entry, CancellationToken cancel)
    {
        await using var content = await entry.OpenAsync(cancel);
        var kept = await blobs.Put(content, cancel);
        if (kept.Name != entry.Name) throw Invalid($"the bytes of {entry.FullName} are not those that its name says");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(byte[] text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = Array.IndexOf(text, (byte)'\n', at);
            if (end < 0) end = text.Length;
            if (end > at) yield return text.AsMemory(at, end - at);
            at = end + 1;
        }
    }

    private static byte[] Bytes(ZipArchive zip, string name) => Bytes(zip.GetEntry(name) ?? throw Invalid($"{name} is missing"));

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var content = entry.Open();
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void Put(ZipArchive zip, string name, byte[] content)
    {
        using var to = zip.CreateEntry(name).Open();
        to.Write(content);
        to.Write(Encoding.UTF8.GetBytes("\n"));
    }

    private static AwsError Invalid(string problem) => new("ValidationException", $"This is no snapshot that can be loaded: {problem}.");
}

/// <param name="Format">Of the files.</param>
/// <param name="Account">Whose state it is.</param>
/// <param name="Region">Where it was taken.</param>
/// <param name="Time">When.</param>
internal sealed record SnapshotInfo(int Format, string Account, string Region, DateTimeOffset Time);

/// <param name="MasterKey">Base64 of what secrets in the state are sealed with.</param>
internal sealed record SnapshotKeys(string MasterKey);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SnapshotInfo))]
[JsonSerializable(typeof(SnapshotKeys))]
[JsonSerializable(typeof(Empty))]
internal sealed partial class StateJson : JsonSerializerContext;
