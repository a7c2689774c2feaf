using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Streams;

/// <summary>Switching a table's stream on and off. Both happen in the transaction that changes the table.</summary>
internal static class TableStreams
{
    /// <summary>The table with a new stream, whose label no stream of a table of this name has yet.</summary>
    public static async ValueTask<TableDocument> Open(ITransaction transaction, Call call, TableDocument table, string viewType, DateTimeOffset now)
    {
        var time = now;
        while (await transaction.Get(Keys.Stream(call.Account, call.Region, table.TableName, StreamDocument.Label(time))) is not null) time += TimeSpan.FromMilliseconds(1);
        var label = StreamDocument.Label(time);
        var stream = new StreamDocument
        {
            StreamArn = $"{table.TableArn}/stream/{label}",
            StreamLabel = label,
            StreamViewType = viewType,
            TableName = table.TableName,
            TableId = table.TableId,
            KeySchema = table.KeySchema,
            CreationRequestDateTime = now,
        };
        transaction.Put(Keys.Stream(call.Account, call.Region, table.TableName, label), stream, DynamoDBJson.Default.StreamDocument);
        Agenda.Put(transaction, now + StreamLog.Retention, Trimming.StreamWork(call.Account, call.Region, stream));
        return table with { Stream = stream };
    }

    public static TableDocument Close(ITransaction transaction, Call call, TableDocument table, DateTimeOffset now)
    {
        if (table.Stream is not { ClosedAt: null } open) return table;
        var closed = open with { ClosedAt = now };
        transaction.Put(Keys.Stream(call.Account, call.Region, table.TableName, closed.StreamLabel), closed, DynamoDBJson.Default.StreamDocument);
        return table with { Stream = closed };
    }

    /// <summary>What UpdateTable's StreamSpecification does.</summary>
    public static async ValueTask<TableDocument> Change(ITransaction transaction, Call call, TableDocument table, StreamSpecification? wanted, DateTimeOffset now)
    {
        if (wanted is null) return table;
        var open = table.Stream is { ClosedAt: null };
        if (wanted.StreamEnabled == true)
            return open ? throw Errors.Validation($"Table already has an enabled stream: TableName: {table.TableName}") : await Open(transaction, call, table, wanted.StreamViewType!, now);
        return open ? Close(transaction, call, table, now) : throw Errors.Validation($"Table has no stream to disable: TableName: {table.TableName}");
    }
}
