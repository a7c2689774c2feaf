using System.IO.Compression;
using System.Text;
using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;
using ZstdSharp;

namespace Galley.DynamoDB.Transfers;

/// <summary>
/// The imports under way. What makes no item of the table is counted, logged and left out, and the import has failed then; in a file of
/// DYNAMODB_JSON or ION nothing is read behind what is no item at all. An import of which not even the list of files could be read leaves
/// no table. One that a stop cut short is begun again from its start: nobody sees its table before its end.
/// </summary>
internal sealed class ImportRuns(Installation installation, TableCatalog catalog, DroppedTables dropped, Agenda agenda, IKeepObjects objects, IWriteImportLogs logs)
{
    public const string Kind = "import";
    private const int Step = 250, LargestStep = 1 << 20;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public async ValueTask Run(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries) await Run(entry);
    }

    private async ValueTask Run(DueEntry entry)
    {
        var work = entry.Work;
        var call = installation.CallAs(work.Caller!, work.Region, agenda.Stopping);
        var place = Keys.Import(call, work.TableName, work.Label!);
        var (table, import) = await installation.Store.Read(async snapshot =>
            (await catalog.Find(snapshot, call, work.TableName), await snapshot.Get(place, DynamoDBJson.Default.ImportTableDescription)));
        if (import is { ImportStatus: "IN_PROGRESS" } && table is { Document.Status: not null } && table.Document.TableId == work.TableId)
        {
            // A crash may take the table back (docs/decisions/0027), and what held its items with it: then they are swept away.
            await installation.Store.Write(async transaction =>
            {
                if (await transaction.Get(entry.Key) is null) return; // everything was reset meanwhile
                transaction.Put(Held(work), []);
                transaction.Put(Keys.Dropped(work.Account, work.Region, work.TableId), Keys.Items(work.Account, work.Region, work.TableId));
            });
            await TableCopies.Empty(installation.Store, Keys.Items(work.Account, work.Region, work.TableId));
            import = await Import(import, new(entry, table, call, new(logs, import, call)));
        }

        await installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(entry.Key) is null) return; // everything was reset meanwhile
            transaction.Delete(entry.Key);
            transaction.Delete(Held(work));
            if (import is null) return;
            transaction.Put(place, import, DynamoDBJson.Default.ImportTableDescription);
            // Tags or a policy may have come meanwhile.
            if (await catalog.Find(transaction, call, work.TableName) is not { } now || now.Document.TableId != work.TableId) return;
            if (import is { ImportStatus: "FAILED", ProcessedSizeBytes: null })
            {
                transaction.Delete(Keys.Table(call, work.TableName));
                return;
            }

            transaction.Put(Keys.Table(call, work.TableName), now.Document with { Status = null }, DynamoDBJson.Default.TableDocument);
            transaction.Delete(Keys.Dropped(work.Account, work.Region, work.TableId));
        });
        catalog.Forget();
        dropped.Sweep();
        if (import is not null) catalog.Signals.Ring(import.ImportArn);
    }

    private static byte[] Held(DueWork work) => Keys.Held(work.Account, work.Region, work.TableId, work.TableName);

    private async ValueTask<ImportTableDescription> Import(ImportTableDescription import, Target target)
    {
        var path = Path.Combine(installation.ScratchFolder, installation.Ids.Uuid());
        var (source, call) = (import.S3BucketSource, target.Call);
        try
        {
            TransferRules.CheckOwner(source.S3BucketOwner, call);
            var keys = await objects.List(call.Principal, source.S3Bucket!, source.S3KeyPrefix ?? "");
            foreach (var key in keys)
            {
                if (key.EndsWith('/')) continue;
                await using (var copy = File.Create(path)) await objects.Read(call.Principal, source.S3Bucket!, key, copy, call.Cancellation);
                await using Stream file = File.OpenRead(path);
                await using var zip = import.InputCompressionType switch
                {
                    "GZIP" => new GZipStream(file, CompressionMode.Decompress),
                    "ZSTD" => new DecompressionStream(file),
                    _ => file,
                };
                await using var content = new CountedStream(zip);
                import = await ReadFile(import, key, content, target);
                import = import with { ProcessedSizeBytes = (import.ProcessedSizeBytes ?? 0) + content.Count };
            }

            return import.ErrorCount == 0
                ? import with { ImportStatus = "COMPLETED", EndTime = installation.Now }
                : import with { ImportStatus = "FAILED", EndTime = installation.Now, FailureCode = "ItemValidationError", FailureMessage = "Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more details." };
        }
        catch (AwsError error)
        {
            return import with { ImportStatus = "FAILED", EndTime = installation.Now, FailureCode = TransferRules.FailureCode(error), FailureMessage = error.Message };
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async ValueTask<ImportTableDescription> ReadFile(ImportTableDescription import, string key, Stream content, Target target)
    {
        using var reader = new StreamReader(content, import.InputFormat == "ION" ? StrictUtf8 : Encoding.UTF8);
        var lines = import.InputFormat switch
        {
            "CSV" => new CsvItems(reader, import.InputFormatOptions?.Csv, import.TableCreationParameters.AttributeDefinitions!).Read(),
            "ION" => new IonReader(reader).Read().ToAsyncEnumerable(),
            _ => ItemLines.Read(reader),
        };
        var (batch, bytes, index) = (new List<Change>(), 0, 0L);
        try
        {
            await foreach (var item in lines)
            {
                var (change, problem) = item is null ? (null, $"This is no item in {import.InputFormat}.") : ChangeOf(target.Table, item);
                if (change is null)
                {
                    import = await LeaveOut(problem!);
                    if (item is null && import.InputFormat != "CSV") break;
                    continue;
                }

                index++;
                import = import with { ProcessedItemCount = import.ProcessedItemCount + 1, ImportedItemCount = import.ImportedItemCount + 1 };
                batch.Add(change);
                bytes += item!.Size;
                if (batch.Count < Step && bytes < LargestStep) continue;
                await Put(batch, target);
                (batch, bytes) = ([], 0);
            }
        }
        catch (Exception e) when (e is InvalidDataException or ZstdException or EndOfStreamException) // no gzip or zstd, or a line without end
        {
            import = await LeaveOut(e.Message);
        }

        await Put(batch, target);
        await target.Log.Flush();
        return import;

        async ValueTask<ImportTableDescription> LeaveOut(string problem)
        {
            await target.Log.LeftOut(key, index++, problem);
            return import with { ProcessedItemCount = import.ProcessedItemCount + 1, ErrorCount = import.ErrorCount + 1 };
        }
    }

    /// <summary>The item's change, or what DynamoDB says against it.</summary>
    private static (Change? Change, string? Problem) ChangeOf(Table table, Item item)
    {
        try
        {
            return (Change.Put(table, item.Sound()), null);
        }
        catch (ValidationError error)
        {
            return (null, error.Message);
        }
    }

    private ValueTask Put(List<Change> batch, Target target)
    {
        target.Call.Cancellation.ThrowIfCancellationRequested();
        return installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(target.Entry.Key) is null) return; // everything was reset meanwhile
            foreach (var change in batch) await change.Run(transaction, new Capacity(target.Table) { Metered = false });
        });
    }

    private sealed record Target(DueEntry Entry, Table Table, Call Call, ImportLog Log);
}
