using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>`cloudfront-keyvaluestore`: the items of a store, each write against the store's ETag.</summary>
internal sealed class KeyValueItems(Installation installation, KeyValueStores stores)
{
    private const int MaxKey = 512, MaxValue = 1024, MaxStore = 5 << 20, MaxChanges = 50;

    public async ValueTask<Reply> DescribeKeyValueStore(KeyRequest request, ApiRequest api, Call call)
    {
        var (store, items) = await Read(request, call);
        return Answer(new KeyAnswer
        {
            KvsARN = store.Arn(call.Account),
            Created = Seconds(store.Created),
            LastModified = Seconds(store.Modified),
            Status = "READY",
            ETag = store.DataETag,
            ItemCount = items.Count,
            TotalSizeInBytes = Size(items),
        });
    }

    public async ValueTask<Reply> GetKey(KeyRequest request, ApiRequest api, Call call)
    {
        var (_, items) = await Read(request, call);
        if (!items.TryGetValue(request.Key!, out var value)) throw new AwsError("ResourceNotFoundException", $"Key {request.Key} was not found.", 404);
        return Answer(new KeyAnswer { Key = request.Key, Value = value, ItemCount = items.Count, TotalSizeInBytes = Size(items) });
    }

    public async ValueTask<Reply> ListKeys(KeyRequest request, ApiRequest api, Call call)
    {
        var (_, items) = await Read(request, call);
        var most = int.TryParse(request.MaxResults, out var asked) && asked is >= 1 and <= 50 ? asked : 10;
        var rest = items.Where(item => request.NextToken is null || string.CompareOrdinal(item.Key, Encoding.UTF8.GetString(Convert.FromHexString(request.NextToken))) > 0).OrderBy(item => item.Key, StringComparer.Ordinal).ToList();
        return Answer(new KeyAnswer
        {
            Items = [.. rest.Take(most).Select(item => new KeyValueItem(item.Key, item.Value))],
            NextToken = rest.Count > most ? Convert.ToHexString(Encoding.UTF8.GetBytes(rest[most - 1].Key)) : null,
        });
    }

    public ValueTask<Reply> PutKey(KeyRequest request, ApiRequest api, Call call)
        => Change(request, api, [new KeyValueItem(request.Key!, Body(api).Value ?? throw Invalid("Value is required."))], [], call);

    public ValueTask<Reply> DeleteKey(KeyRequest request, ApiRequest api, Call call) => Change(request, api, [], [request.Key!], call);

    public ValueTask<Reply> UpdateKeys(KeyRequest request, ApiRequest api, Call call)
    {
        var body = Body(api);
        return Change(request, api, body.Puts ?? [], [.. (body.Deletes ?? []).Select(item => item.Key)], call);
    }

    public static async IAsyncEnumerable<(string Key, string Value)> All(ISnapshot snapshot, string store)
    {
        var prefix = Keys.StoreItems(store);
        // the key's last part is text: a tag, the bytes, an end
        await foreach (var entry in snapshot.Range(prefix, Store.Key.After(prefix))) yield return (Encoding.UTF8.GetString(entry.Key.AsSpan(prefix.Length + 1, entry.Key.Length - prefix.Length - 2)), Encoding.UTF8.GetString(entry.Value));
    }

    private async ValueTask<Reply> Change(KeyRequest request, ApiRequest api, List<KeyValueItem> puts, List<string> deletes, Call call)
    {
        var ifMatch = api.Header("If-Match") ?? throw Invalid("If-Match is required.");
        if (puts.Count + deletes.Count is 0 or > MaxChanges) throw Invalid($"A request must have 1 to {MaxChanges} changes.");
        foreach (var key in puts.Select(put => put.Key).Concat(deletes))
            if (key.Length == 0 || key.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(key) > MaxKey) throw Invalid($"A key must have 1 to {MaxKey} bytes.");
        if (puts.Exists(put => Encoding.UTF8.GetByteCount(put.Value) > MaxValue)) throw Invalid($"A value must have at most {MaxValue} bytes.");
        var (store, items) = await installation.Store.Write(async transaction =>
        {
            var found = await Find(transaction, request, call);
            if (ifMatch != found.DataETag) throw new AwsError("ConflictException", "The provided ETag does not match the current ETag of the key value store.", 409);
            var kept = new Dictionary<string, string>();
            await foreach (var (key, value) in All(transaction, found.Id)) kept[key] = value;
            foreach (var key in deletes)
                if (!kept.Remove(key)) throw new AwsError("ResourceNotFoundException", $"Key {key} was not found.", 404);
                else transaction.Delete(Keys.StoreItem(found.Id, key));
            foreach (var put in puts)
            {
                kept[put.Key] = put.Value;
                transaction.Put(Keys.StoreItem(found.Id, put.Key), Encoding.UTF8.GetBytes(put.Value));
            }

            if (Size(kept) > MaxStore) throw new AwsError("ServiceQuotaExceededException", "The key value store would exceed its size limit.", 402);
            var next = found with { DataETag = stores.NewETag(), Modified = installation.Now };
            transaction.Put(Keys.Store(call.Account, next.Name), next, CloudFrontJson.Default.KeyValueStore);
            return (next, kept);
        });
        stores.Forget(store.Arn(call.Account));
        return Answer(new KeyAnswer { ItemCount = items.Count, TotalSizeInBytes = Size(items), ETag = store.DataETag });
    }

    private ValueTask<(KeyValueStore, Dictionary<string, string>)> Read(KeyRequest request, Call call) => installation.Store.Read(async snapshot =>
    {
        var store = await Find(snapshot, request, call);
        var items = new Dictionary<string, string>();
        await foreach (var (key, value) in All(snapshot, store.Id)) items[key] = value;
        return (store, items);
    });

    private static async ValueTask<KeyValueStore> Find(ISnapshot snapshot, KeyRequest request, Call call)
        => await KeyValueStores.ByArn(snapshot, request.KvsARN, call.Account) ?? throw new AwsError("ResourceNotFoundException", "The key value store was not found.", 404);

    private static KeyChanges Body(ApiRequest api)
    {
        try
        {
            return JsonSerializer.Deserialize(api.Body.Span, CloudFrontJson.Default.KeyChanges) ?? throw Invalid("The body must be an object.");
        }
        catch (JsonException e)
        {
            throw Invalid(e.Message);
        }
    }

    private static Reply Answer(KeyAnswer answer)
    {
        var reply = new Reply { Body = JsonSerializer.SerializeToUtf8Bytes(answer, CloudFrontJson.Default.KeyAnswer) }.With("Content-Type", "application/json");
        return answer.ETag is { } etag ? reply.With("ETag", etag) : reply;
    }

    private static AwsError Invalid(string message) => new("ValidationException", message);

    private static long Size(Dictionary<string, string> items) => items.Sum(item => (long)Encoding.UTF8.GetByteCount(item.Key) + Encoding.UTF8.GetByteCount(item.Value));

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}

/// <summary>Path and query of the data API.</summary>
internal sealed record KeyRequest
{
    public required string KvsARN { get; init; }

    public string? Key { get; init; }

    public string? NextToken { get; init; }

    public string? MaxResults { get; init; }
}

internal sealed record KeyValueItem(string Key, string Value);

internal sealed record KeyName(string Key);

internal sealed record KeyChanges
{
    public string? Value { get; init; }

    public List<KeyValueItem>? Puts { get; init; }

    public List<KeyName>? Deletes { get; init; }
}

internal sealed record KeyAnswer
{
    public string? KvsARN { get; init; }

    public string? Key { get; init; }

    public string? Value { get; init; }

    public int? ItemCount { get; init; }

    public long? TotalSizeInBytes { get; init; }

    public double? Created { get; init; }

    public double? LastModified { get; init; }

    public string? Status { get; init; }

    public List<KeyValueItem>? Items { get; init; }

    public string? NextToken { get; init; }

    /// <summary>A header, not a member.</summary>
    [JsonIgnore]
    public string? ETag { get; init; }
}
