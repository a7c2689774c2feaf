using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// The exports under way: the items as gzipped lines, with AWS's manifests beside them. One that a stop cut short is made again from its
/// start, over the same objects. What the export reads is held meanwhile, even if the table is deleted.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
/// </summary>
internal sealed class ExportRuns(Installation installation, TableCatalog catalog, DroppedTables dropped, Agenda agenda, IKeepObjects objects)
{
    public const string Kind = "export";

    /// <summary>AWS counts so much for the smallest incremental export.</summary>
    private const long LeastBilled = 10_000_000;

    /// <summary>What must stay until the export is done: the items, and the changes to undo.</summary>
    public static string[] Reads(TableDocument table) => [table.TableId, Keys.HistoryId(table.TableId, table.Recovery!.Number)];

    public async ValueTask Run(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries)
        {
            var work = entry.Work;
            var call = installation.CallAs(work.Caller!, work.Region, agenda.Stopping);
            var place = Keys.Export(call, work.TableName, work.Label!);
            var export = await installation.Store.Read(snapshot => snapshot.Get(place, DynamoDBJson.Default.ExportDescription));
            if (export is { ExportStatus: "IN_PROGRESS" }) export = await Run(export, work, call);
            await installation.Store.Write(async transaction =>
            {
                if (await transaction.Get(entry.Key) is null) return; // everything was reset meanwhile
                transaction.Delete(entry.Key);
                if (export is not null) transaction.Put(place, export, DynamoDBJson.Default.ExportDescription);
                foreach (var read in Reads(work.Table!)) transaction.Delete(Keys.Held(work.Account, work.Region, read, work.Label!));
            });
            dropped.Sweep();
        }
    }

    /// <summary>What the bucket refuses makes a failed export, not a failed call.</summary>
    private async ValueTask<ExportDescription> Run(ExportDescription export, DueWork work, Call call)
    {
        var incremental = export.ExportType == ExportRules.Incremental;
        var root = string.IsNullOrEmpty(export.S3Prefix) ? "AWSDynamoDB" : $"{export.S3Prefix.TrimEnd('/')}/AWSDynamoDB";
        var folder = $"{root}/{work.Label}";
        // The name is the same when the export is made again.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(work.Label!)))[..26];
        var data = $"{(incremental ? root : folder)}/data/{name}.{(export.ExportFormat == ExportRules.Ion ? "ion" : "json")}.gz";
        var encryption = export.S3SseAlgorithm == ExportRules.Kms ? "aws:kms" : null;
        var path = Path.Combine(installation.ScratchFolder, work.Label!);
        try
        {
            TransferRules.CheckOwner(export.S3BucketOwner, call);
            if (await catalog.Find(call, work.TableName) is { } table && table.Document.TableId == work.TableId && table.Document.Recovery?.Number != work.Table!.Recovery!.Number)
                throw BackupErrors.NotRecoverable(work.TableName); // what was written since then cannot be undone
            await Put(folder + "/_started", []);
            var (count, bytes) = await WriteItems(path, new Table(work.Table!, [], work.Account, work.Region, installation.Time), export);
            ExportFile entry;
            await using (var file = File.OpenRead(path))
            {
                var etag = await objects.Put(call.Principal, new(export.S3Bucket, data, encryption), file, call.Cancellation);
                entry = new(count, Convert.ToBase64String(Convert.FromHexString(etag)), etag, data);
            }

            await PutWithChecksum($"{folder}/manifest-files.json", [.. JsonSerializer.SerializeToUtf8Bytes(entry, DynamoDBJson.Default.ExportFile), (byte)'\n']);
            var done = export with
            {
                ExportStatus = "COMPLETED",
                EndTime = installation.Now,
                ExportManifest = $"{folder}/manifest-summary.json",
                BilledSizeBytes = incremental ? Math.Max(bytes, LeastBilled) : bytes,
                ItemCount = count,
            };
            await PutWithChecksum(done.ExportManifest, JsonSerializer.SerializeToUtf8Bytes(Manifest(done, folder), DynamoDBJson.Default.ExportManifest));
            return done;
        }
        catch (AwsError error)
        {
            return export with { ExportStatus = "FAILED", EndTime = installation.Now, FailureCode = TransferRules.FailureCode(error), FailureMessage = error.Message };
        }
        finally
        {
            File.Delete(path);
        }

        async ValueTask Put(string key, byte[] content)
        {
            using var stream = new MemoryStream(content);
            await objects.Put(call.Principal, new(export.S3Bucket, key, encryption), stream, call.Cancellation);
        }

        async ValueTask PutWithChecksum(string key, byte[] content)
        {
            await Put(key, content);
#pragma warning disable CA5351 // the format of the manifests is AWS's
            await Put(Path.ChangeExtension(key, ".md5"), Encoding.ASCII.GetBytes(Convert.ToBase64String(MD5.HashData(content))));
#pragma warning restore CA5351
        }
    }

    private ValueTask<(long Count, long Bytes)> WriteItems(string path, Table table, ExportDescription export) => installation.Store.Read(async snapshot =>
    {
        await using var file = File.Create(path);
        await using var zip = new GZipStream(file, CompressionLevel.Fastest);
        var lines = new ExportLines(zip, export.ExportFormat == ExportRules.Ion);
        var history = Keys.History(table.Account, table.Region, table.Document.TableId, table.Document.Recovery!.Number);
        var filter = new ExportFilter(export.FilterSpecification, table);
        if (export.IncrementalExportSpecification is { } period) await WriteChanges(snapshot, table, history, (period, filter), lines);
        else await WriteTable(snapshot, table, history, (export.ExportTime!.Value, filter), lines);
        return (lines.Count, lines.Bytes);
    });

    /// <summary>Changes after the moment are few against the table: the places of what was before them are kept in memory, and they are undone while the items go by.</summary>
    private async ValueTask WriteTable(ISnapshot snapshot, Table table, byte[] history, (DateTimeOffset Moment, ExportFilter Filter) wanted, ExportLines lines)
    {
        var (moment, filter) = wanted;
        var undone = new Dictionary<byte[], byte[]>(BinaryEquality.Instance);
        await foreach (var (change, _, key) in TableHistory.Since(snapshot, history, DateTimeOffset.FromUnixTimeMilliseconds(moment.ToUnixTimeMilliseconds() + 1)))
            if (table.KeyOf(key) is var place && filter.Covers(place)) undone[place] = change;
        await foreach (var entry in snapshot.Range(filter.From, filter.To))
        {
            agenda.Stopping.ThrowIfCancellationRequested();
            if (!undone.ContainsKey(entry.Key)) await Write(Item.Load(entry.Value));
        }

        foreach (var change in undone.Values)
            if (await TableHistory.Before(snapshot, change) is { } item)
                await Write(item);

        async ValueTask Write(Item item)
        {
            lines.Read(item);
            if (filter.Takes(item)) await lines.Item(filter.Chosen(item)!);
        }
    }

    /// <summary>What became of each item within the period, once: what was made and deleted again in it is left out, as on AWS.</summary>
    private async ValueTask WriteChanges(ISnapshot snapshot, Table table, byte[] history, (IncrementalExportSpecification Period, ExportFilter Filter) wanted, ExportLines lines)
    {
        var (period, filter) = wanted;
        var later = new Dictionary<byte[], byte[]>(BinaryEquality.Instance);
        var changed = new Dictionary<byte[], (byte[] First, DateTimeOffset Last)>(BinaryEquality.Instance);
        await foreach (var (change, time, item) in TableHistory.Since(snapshot, history, period.ExportFromTime!.Value))
        {
            var key = table.KeyOf(item);
            if (!filter.Covers(key)) continue;
            if (time >= period.ExportToTime) later[key] = change;
            else changed[key] = (change, changed.TryGetValue(key, out var newer) ? newer.Last : time);
        }

        foreach (var (key, (first, last)) in changed)
        {
            agenda.Stopping.ThrowIfCancellationRequested();
            var old = await TableHistory.Before(snapshot, first);
            var result = later.TryGetValue(key, out var next) ? await TableHistory.Before(snapshot, next) : await snapshot.Get(key) is { } stored ? Item.Load(stored) : null;
            if ((result ?? old) is not { } item) continue;
            var (keys, before) = (item.Only(table.KeyNames), period.ExportViewType == ExportRules.OldAndNew ? old : null);
            foreach (var part in (Item?[])[keys, before, result]) lines.Read(part);
            if (filter.Takes(item)) await lines.Record(last, keys, filter.Chosen(before), filter.Chosen(result));
        }
    }

    private static ExportManifest Manifest(ExportDescription export, string folder) => new()
    {
        version = export.IncrementalExportSpecification is null ? "2020-06-30" : "2023-08-01",
        exportArn = export.ExportArn,
        startTime = Time(export.StartTime)!,
        endTime = Time(export.EndTime)!,
        tableArn = export.TableArn,
        tableId = export.TableId,
        exportTime = Time(export.ExportTime),
        exportFromTime = Time(export.IncrementalExportSpecification?.ExportFromTime),
        exportToTime = Time(export.IncrementalExportSpecification?.ExportToTime),
        s3Bucket = export.S3Bucket,
        s3Prefix = export.S3Prefix,
        s3SseAlgorithm = export.S3SseAlgorithm,
        s3SseKmsKeyId = export.S3SseKmsKeyId,
        manifestFilesS3Key = $"{folder}/manifest-files.json",
        billedSizeBytes = export.BilledSizeBytes ?? 0,
        itemCount = export.ItemCount ?? 0,
        outputFormat = export.ExportFormat,
        outputView = export.IncrementalExportSpecification?.ExportViewType,
        exportType = export.ExportType ?? ExportRules.Full,
    };

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
