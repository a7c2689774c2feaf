using System.Collections.Concurrent;
using System.Text.Json;
using Galley.DynamoDB.Streams;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// Finds tables. Definitions are kept parsed in memory, so that a GetItem reads the store once; a write checks inside its transaction
/// that the stored bytes are still the ones it prepared for. Whatever changes a definition calls <see cref="Forget"/> after its commit.
/// </summary>
internal sealed class TableCatalog(IStore store, TimeProvider time, Throttle? throttle, ReadCache reads)
{
    private readonly ConcurrentDictionary<(string Account, string Region, string Name), Table> _tables = new();
    private long _forgotten;

    public IStore Store => store;

    public ReadCache Reads => reads;

    /// <summary>Rung after every commit to a table with a stream.</summary>
    public StreamSignals Signals { get; } = new();

    /// <summary>The table, or null.</summary>
    public ValueTask<Table?> Find(Call call, string name) => _tables.TryGetValue((call.Account, call.Region, name), out var known) ? new(known) : Read(call, name);

    private async ValueTask<Table?> Read(Call call, string name)
    {
        var before = Interlocked.Read(ref _forgotten);
        var key = Keys.Table(call, name);
        if (await store.Read(snapshot => snapshot.Get(key)) is not { } stored) return null;
        var table = Parse(call, stored);
        // A definition read before a change must not be kept after it.
        lock (_tables)
            if (before == _forgotten) _tables[(call.Account, call.Region, name)] = table;
        return table;
    }

    /// <summary>The table a data call means, by name or ARN.</summary>
    public async ValueTask<Table> Get(Call call, string nameOrArn)
        => await Find(call, TableNames.Local(call, nameOrArn)) is { Document.Status: null } table ? table : throw Errors.ResourceNotFound();

    /// <summary>The table as a transaction sees it, or null.</summary>
    public async ValueTask<Table?> Find(ISnapshot snapshot, Call call, string name)
        => await snapshot.Get(Keys.Table(call, name)) is { } stored ? Parse(call, stored) : null;

    /// <summary>The bytes of an item by its key, or null.</summary>
    public ValueTask<byte[]?> Item(ISnapshot snapshot, byte[] key) => reads.Get(snapshot, key, static stored => stored);

    public void Forget()
    {
        lock (_tables)
        {
            _forgotten++;
            _tables.Clear();
        }
    }

    /// <summary>
    /// Writes items of <paramref name="names"/>: prepares outside the transaction, commits inside, and starts again when a table
    /// changed between the two.
    /// </summary>
    public async ValueTask<T> Write<T>(Call call, IReadOnlyList<string> names, Func<IReadOnlyList<Table>, Func<ITransaction, ValueTask<T>>> prepare)
    {
        while (true)
        {
            var tables = new Table[names.Count];
            for (var i = 0; i < tables.Length; i++) tables[i] = await Get(call, names[i]);
            var write = prepare(tables);
            var (done, result) = await store.Write(async transaction =>
            {
                foreach (var table in tables)
                    if (await transaction.Get(Keys.Table(call, table.Name)) is not { } stored || !table.Stored.AsSpan().SequenceEqual(stored))
                        return (false, default(T)!);
                return (true, await write(transaction));
            });
            if (done)
            {
                foreach (var table in tables)
                    if (table.Document.Stream is { ClosedAt: null } stream)
                        Signals.Ring(stream.StreamArn);
                return result;
            }

            Forget();
        }
    }

    private Table Parse(Call call, byte[] stored)
        => new(JsonSerializer.Deserialize(stored, DynamoDBJson.Default.TableDocument)!, stored, call.Account, call.Region, time, throttle);
}

/// <summary>`TableName` may be a name or the table's ARN.</summary>
internal static class TableNames
{
    /// <summary>The name; an ARN must be a table's, of this account and region.</summary>
    public static string Local(Call call, string nameOrArn)
    {
        if (!nameOrArn.StartsWith("arn:", StringComparison.Ordinal)) return nameOrArn;
        if (!Arn.TryParse(nameOrArn, out var arn) || arn.Service != "dynamodb" || !arn.Resource.Contains('/', StringComparison.Ordinal)) throw Wrong(NoArn());
        if (arn.Partition != "aws") throw Wrong($"Invalid AWS partition in '{nameOrArn}'");
        if (arn.Region != call.Region) throw Wrong($"Invalid AWS region in '{nameOrArn}'");
        if (arn.Resource.Split('/', 2) is not ["table", var name]) throw Wrong($"Invalid resource type in '{nameOrArn}'");
        if (name.Length is < 3 or > 255 || !DynamoDB.Constraints.IsName(name)) throw Wrong(NoArn());
        return arn.Account == call.Account ? name : throw new AwsError("AccessDeniedException", "Access is denied");

        string NoArn() => $"Value '{nameOrArn}' at 'tableName' failed to satisfy constraint: Valid ARN format is 'arn:<awsPartition>:<vendor>:<region>:<subscriber>:resourceType/resourceName', "
            + "where Resource name must have length less than or equal to 255, Resource name must have length greater than or equal to 3, Resource name must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

        static AwsError Wrong(string problem) => Errors.Constraints([problem]);
    }

    /// <summary>The ARN that IAM checks.</summary>
    public static string ArnOf(Call call, string? nameOrArn)
        => nameOrArn?.StartsWith("arn:", StringComparison.Ordinal) == true ? nameOrArn : call.Arn("dynamodb", "table/" + nameOrArn);

    public static string ArnOf(Call call, string? nameOrArn, string? index)
        => index is null ? ArnOf(call, nameOrArn) : $"{ArnOf(call, nameOrArn)}/index/{index}";

    /// <summary>Checks the `TableName` of an operation on tables; those on items have newer words.</summary>
    public static string CheckOfTable(string? name)
    {
        Constraints(name).Throw();
        return name!;
    }

    /// <summary>The same, to be told with others.</summary>
    public static Constraints Constraints(string? name)
    {
        if (name is null) throw Errors.Required("TableName");
        var constraints = new Constraints();
        return name.StartsWith("arn:", StringComparison.Ordinal) ? constraints : constraints.Name(name, "tableName");
    }

    /// <summary>Checks a `TableName` that every operation requires.</summary>
    public static string Check(string? name)
    {
        if (name is null) throw Errors.Required("TableName");
        if (name.StartsWith("arn:", StringComparison.Ordinal)) return name;
        if (name.Length == 0) new Constraints().Length(0, "TableName", 1, 255).Throw();
        if (name.Length > 255) new Constraints().Name(name, "tableName").Throw();
        if (!DynamoDB.Constraints.IsName(name)) throw Errors.Constraints([DynamoDB.Constraints.Pattern(name, "tableName")]);
        if (name.Length < 3) throw Errors.Validation("TableName must be at least 3 characters long and at most 255 characters long");
        return name;
    }
}
