using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Galley.DynamoDB.Expressions;
using Galley.Store;

namespace Galley.DynamoDB.PartiQL;

/// <summary>A SELECT with its parameters: one page of the queries or the scan that it comes to.</summary>
internal sealed class Selecting
{
    private const int PageBytes = 1 << 20;
    private readonly Statement _statement;
    private readonly Binder _binder;
    private readonly Condition? _filter;

    public Selecting(Statement statement, AttributeValue[]? parameters)
    {
        _statement = statement;
        _binder = new Binder(statement, parameters);
        _filter = _binder.Where(statement);
    }

    public async ValueTask<ExecuteStatementResponse> Page(IStore store, Table table, ExecuteStatementRequest request)
    {
        var index = _statement.Index is { } name ? table.Indexes.FirstOrDefault(index => index.Name == name) ?? throw Errors.Validation("The table does not have the specified index") : null;
        CheckIndex(index);
        if (index?.Document.Status is not null) throw Errors.Validation($"Cannot read from backfilling global secondary index: {index.Name}");
        var consistent = request.ConsistentRead == true;
        if (consistent && index is { Global: true }) throw Errors.Validation("Strongly consistent read is not supported on Global Secondary Indexes");
        var (hash, range, space) = index is null ? (table.Hash, table.Range, table.Space) : (index.Hash, index.Range, index.Space);
        var reads = new KeyReads(_binder, hash, range).Of(_statement.Where, space);
        var fetches = CheckProjection(index, reads is not null);
        var descending = Order(hash, range, reads);
        reads ??= [new(AttributeValue.Null, space, Key.After(space), One: false)];
        var mark = Mark(table, request);
        var (at, position) = Position(request.NextToken, mark, reads);

        var capacity = new Capacity(table);
        var items = new List<Item>();
        Item? last = null;
        string? next = null;
        await store.Read(async snapshot =>
        {
            var (scanned, pageBytes) = (0, 0L);
            for (var i = at; i < reads.Count && next is null; i++)
            {
                var (from, to) = (reads[i].From, reads[i].To);
                if (i == at && position is not null) (from, to) = descending ? (from, position) : (Key.After(position), to);
                var bytes = 0L;
                await foreach (var entry in snapshot.Range(from, to, descending))
                {
                    var item = Item.Load(entry.Value);
                    scanned++;
                    bytes += item.Size;
                    pageBytes += item.Size;
                    var holds = _filter?.Holds(item) != false;
                    if (scanned == request.Limit || pageBytes >= PageBytes) last = item;
                    if (fetches && await snapshot.Get(table.KeyOf(item)) is { } stored)
                    {
                        item = Item.Load(stored);
                        capacity.Add(Capacity.ReadUnits(item.Size, consistent));
                    }

                    if (holds) items.Add(Chosen(item));
                    if (last is null) continue;
                    if (index is null && reads[i].One && i == reads.Count - 1) last = null;
                    else next = Token(mark, i, entry.Key);
                    break;
                }

                capacity.Add(Capacity.ReadUnits(bytes, consistent), index);
            }

            return true;
        });
        return new ExecuteStatementResponse
        {
            Items = items,
            NextToken = next,
            LastEvaluatedKey = last?.Only(table.KeyNames.Concat(index?.KeyNames ?? [])),
            ConsumedCapacity = capacity.Report(request.ReturnConsumedCapacity),
        };
    }

    /// <summary>The one item that the clause names by its key and nothing else; null when it does not.</summary>
    public Item? KeyIn(Table table)
    {
        if (_statement.Index is not null) return null;
        var key = new Dictionary<string, AttributeValue>();
        foreach (var term in KeyReads.Conjuncts(_statement.Where))
        {
            var found = false;
            foreach (var name in table.KeyNames)
            {
                if (KeyReads.EqualTo(_binder, term, name, inCounts: true) is not { } value) continue;
                if (!key.TryAdd(name, value) && !key[name].Same(value)) return null;
                found = true;
            }

            if (!found) return null;
        }

        return table.KeyNames.All(key.ContainsKey) ? new Item(key) : null;
    }

    /// <summary>AWS reads no index with PartiQL whose key has several attributes in one half; the words say tables.</summary>
    public void CheckIndex(Index? index)
    {
        if (index is { Hashes.Length: > 1 } or { Ranges.Length: > 1 })
            throw Errors.Validation("PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.");
        if (_statement.Misplaced is { } misplaced) throw Errors.Validation(misplaced);
    }

    /// <summary>The columns of an item.</summary>
    public Item Chosen(Item item)
    {
        if (_statement.Columns is not { } columns) return item;
        var attributes = new Dictionary<string, AttributeValue>();
        foreach (var column in columns)
            if (column.Path.In(item) is { } value)
                attributes[column.Name] = value;
        return new Item(attributes);
    }

    /// <summary>Whether a local index must fetch columns from the table; a global one cannot.</summary>
    private bool CheckProjection(Index? index, bool keyed)
    {
        if (index is null or { ProjectsAll: true }) return false;
        var missing = (_statement.Columns ?? []).Select(column => column.Path.Root).Where(root => !index.Projects(root)).Distinct().ToList();
        if (index.Global && missing.Count > 0) throw Errors.InvalidParameterValues($"Global secondary index {index.Name} does not project [{string.Join(", ", missing)}]");
        if (!keyed) return missing.Count > 0;
        var filters = KeyReads.Conjuncts(_statement.Where).Where(term => term is not OrTerm either || !KeyReads.Roots(either).Any(root => root == index.Hash.Name || root == index.Range?.Name))
            .OrderBy(term => term is OrTerm ? 0 : 1).SelectMany(KeyReads.Roots).Where(root => !index.Projects(root)).Distinct().ToList();
        if (filters.Count > 0) throw Errors.InvalidParameterValues($"Secondary index {index.Name} does not project one or more filter attributes: [{string.Join(", ", filters)}]");
        return missing.Count > 0;
    }

    /// <summary>Puts the reads in order; true when each of them runs backwards.</summary>
    private bool Order(KeyPart hash, KeyPart? range, List<KeyRead>? reads)
    {
        var order = _statement.OrderBy;
        if (order.Count == 0) return false;
        foreach (var (attribute, _) in order)
            if (attribute != hash.Name && attribute != range?.Name) throw Errors.Validation($"Attribute {attribute} in ORDER BY clause must be part of the primary key");
        if (reads is null) throw Errors.Validation("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
        var byHash = order.Any(by => by.Attribute == hash.Name);
        if (!byHash && reads.Any(read => !read.Hash.Same(reads[0].Hash)))
            throw Errors.Validation("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.");
        // Ordered by the hash key alone, AWS gives each partition from its end.
        var descending = order.Where(by => by.Attribute != hash.Name).Select(by => by.Descending).FirstOrDefault(true);
        var hashDescending = order.FirstOrDefault(by => by.Attribute == hash.Name).Descending;
        reads.Sort((a, b) =>
        {
            var hashes = a.Hash.CompareTo(b.Hash) ?? 0;
            if (hashes != 0) return hashDescending ? -hashes : hashes;
            var ranges = a.From.AsSpan().SequenceCompareTo(b.From);
            return descending ? -ranges : ranges;
        });
        return descending;
    }

    /// <summary>Ties a token to the table, the statement and its parameters.</summary>
    private static byte[] Mark(Table table, ExecuteStatementRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(table.Document.TableId + "\n" + request.Statement + "\n"));
        foreach (var parameter in request.Parameters ?? []) hash.AppendData(new Item(new() { [""] = parameter }).Json.Span);
        return hash.GetHashAndReset()[..16];
    }

    private static string Token(byte[] mark, int read, byte[] key)
    {
        var token = new byte[mark.Length + 4 + key.Length];
        mark.CopyTo(token, 0);
        BinaryPrimitives.WriteInt32BigEndian(token.AsSpan(mark.Length), read);
        key.CopyTo(token, mark.Length + 4);
        return Convert.ToBase64String(token);
    }

    private static (int Read, byte[]? Position) Position(string? token, byte[] mark, List<KeyRead> reads)
    {
        if (token is null) return (0, null);
        var bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out var length) || length < mark.Length + 4 || !bytes.AsSpan(0, mark.Length).SequenceEqual(mark))
            throw Errors.Validation(length < mark.Length + 4 ? "Invalid NextToken" : "NextToken does not match request");
        var read = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(mark.Length));
        var key = bytes[(mark.Length + 4)..length];
        if (read < 0 || read >= reads.Count || key.AsSpan().SequenceCompareTo(reads[read].From) < 0 || key.AsSpan().SequenceCompareTo(reads[read].To) >= 0)
            throw Errors.Validation("NextToken does not match request");
        return (read, key);
    }
}
