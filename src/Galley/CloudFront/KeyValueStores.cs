using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Galley.CloudFront.Code;
using Galley.CloudFront.Serve;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>Key-value stores of CloudFront Functions: what is written by the data API is what the next run of a function reads.</summary>
internal sealed class KeyValueStores(Installation installation, IKeepLogs buckets)
{
    private readonly ConcurrentDictionary<string, KeyValues> _views = new();
    private long _changes;

    public async ValueTask<Reply> CreateKeyValueStore(XmlRequest request, Call call)
    {
        var body = request.Body("CreateKeyValueStoreRequest");
        var source = body.Element("ImportSource")?.Element("SourceARN")?.Value;
        var store = await Create(body.Element("Name")?.Value ?? throw Errors.Missing("Name"), body.Element("Comment")?.Value ?? "", source, Tags.Read(body.Element("Tags")), call);
        return Described(201, store, call).With("Location", $"https://cloudfront.amazonaws.com/2020-05-31/key-value-store/{store.Name}");
    }

    public async ValueTask<Reply> DescribeKeyValueStore(XmlRequest request, Call call) => Described(200, await Get(request.Id, call), call);

    public async ValueTask<Reply> UpdateKeyValueStore(XmlRequest request, Call call)
        => Described(200, await Update(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), request.Body("UpdateKeyValueStoreRequest").Element("Comment")?.Value ?? throw Errors.Missing("Comment"), call), call);

    public async ValueTask<Reply> DeleteKeyValueStore(XmlRequest request, Call call)
    {
        await Delete(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), call);
        return new Reply(204);
    }

    public async ValueTask<Reply> ListKeyValueStores(XmlRequest request, Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Stores(call.Account), CloudFrontJson.Default.KeyValueStore));
        var (page, _, most, truncated) = Paging.Of(request.Api, all, store => store.Name, 50);
        return Xml.Answer(200, new XElement("KeyValueStoreList", truncated ? new XElement("NextMarker", page[^1].Name) : null, new XElement("MaxItems", most),
            Xml.Items([.. page.Select(store => Element(store, call))])));
    }

    public async ValueTask<KeyValueStore> Create(string name, string comment, string? source, Dictionary<string, string> tags, Call call)
    {
        if (name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) throw Errors.InvalidArgument("The parameter Name is invalid.");
        var items = source is null ? [] : await Import(source, call);
        var fresh = new KeyValueStore { Name = name, Id = installation.Ids.Uuid(), Comment = comment, ETag = NewETag(), DataETag = NewETag(), Created = installation.Now, Modified = installation.Now, Tags = tags };
        return await installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Store(call.Account, name)) is not null) throw new AwsError("EntityAlreadyExists", "The entity already exists. You must provide a unique entity.", 409);
            transaction.Put(Keys.Store(call.Account, name), fresh, CloudFrontJson.Default.KeyValueStore);
            foreach (var (key, value) in items) transaction.Put(Keys.StoreItem(fresh.Id, key), Encoding.UTF8.GetBytes(value));
            return fresh;
        });
    }

    public ValueTask<KeyValueStore> Update(string name, string? ifMatch, string comment, Call call) => installation.Store.Write(async transaction =>
    {
        var store = await Get(transaction, name, call);
        if (ifMatch is not null && ifMatch != store.ETag) throw Errors.PreconditionFailed();
        var next = store with { Comment = comment, ETag = NewETag(), Modified = installation.Now };
        transaction.Put(Keys.Store(call.Account, name), next, CloudFrontJson.Default.KeyValueStore);
        return next;
    });

    public async ValueTask Delete(string name, string? ifMatch, Call call)
    {
        await installation.Store.Write(async transaction =>
        {
            var store = await Get(transaction, name, call);
            if (ifMatch is not null && ifMatch != store.ETag) throw Errors.PreconditionFailed();
            await foreach (var function in transaction.All(Keys.Functions(call.Account), CloudFrontJson.Default.EdgeFunction))
                if (function.Development.Stores.Contains(store.Arn(call.Account)) || function.Live?.Stores.Contains(store.Arn(call.Account)) == true)
                    throw new AwsError("CannotDeleteEntityWhileInUse", "The entity cannot be deleted while it is in use.", 409);
            transaction.Delete(Keys.Store(call.Account, name));
            await transaction.DeleteAll(Keys.StoreItems(store.Id));
        });
    }

    public ValueTask<KeyValueStore> Get(string name, Call call) => installation.Store.Read(snapshot => Get(snapshot, name, call));

    public static async ValueTask<KeyValueStore?> ByArn(ISnapshot snapshot, string arn, string account)
    {
        await foreach (var store in snapshot.All(Keys.Stores(account), CloudFrontJson.Default.KeyValueStore))
            if (store.Arn(account) == arn)
                return store;
        return null;
    }

    /// <summary>The store as functions see it, read once and again after a change.</summary>
    public async ValueTask<KeyValues?> View(string arn)
    {
        if (_views.TryGetValue(arn, out var known)) return known;
        var changes = Volatile.Read(ref _changes);
        var view = await installation.Store.Read(async snapshot =>
        {
            if (await ByArn(snapshot, arn, installation.Account) is not { } store) return null;
            var items = new Dictionary<string, string>();
            await foreach (var (key, value) in KeyValueItems.All(snapshot, store.Id)) items[key] = value;
            return new KeyValues(store.Id, store.Created.ToUnixTimeMilliseconds(), store.Modified.ToUnixTimeMilliseconds(), items);
        });
        if (view is null) return null;
        _views[arn] = view;
        if (Volatile.Read(ref _changes) != changes) _views.TryRemove(arn, out _); // written meanwhile, perhaps to this store
        return view;
    }

    public void Forget(string arn)
    {
        Interlocked.Increment(ref _changes);
        _views.TryRemove(arn, out _);
    }

    public void ForgetAll() => _views.Clear();

    public string NewETag() => "KV" + installation.Ids.Next(12, Ids.UpperAlphanumeric);

    /// <summary>A file of `{"data":[{"key":…,"value":…}]}` in a bucket.</summary>
    private async ValueTask<List<(string Key, string Value)>> Import(string sourceArn, Call call)
    {
        if (!sourceArn.StartsWith("arn:aws:s3:::", StringComparison.Ordinal) || sourceArn["arn:aws:s3:::".Length..].Split('/', 2) is not [var bucket, var key]) throw Errors.InvalidArgument("The parameter SourceARN is invalid.");
        try
        {
            using var json = JsonDocument.Parse(await buckets.Read(call.Principal, bucket, key));
            return [.. json.RootElement.GetProperty("data").EnumerateArray().Select(item => (item.GetProperty("key").GetString()!, item.GetProperty("value").GetString()!))];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Errors.InvalidArgument("The import source is not a valid key value store file.");
        }
    }

    private static async ValueTask<KeyValueStore> Get(ISnapshot snapshot, string name, Call call)
        => await snapshot.Get(Keys.Store(call.Account, name), CloudFrontJson.Default.KeyValueStore) ?? throw new AwsError("EntityNotFound", "The entity was not found.", 404);

    private Reply Described(int status, KeyValueStore store, Call call) => Xml.Answer(status, Element(store, call)).With("ETag", store.ETag);

    private static XElement Element(KeyValueStore store, Call call) => new("KeyValueStore",
        new XElement("Name", store.Name), new XElement("Id", store.Id), new XElement("Comment", store.Comment), new XElement("ARN", store.Arn(call.Account)),
        new XElement("Status", "READY"), new XElement("LastModifiedTime", Xml.Time(store.Modified)));
}
