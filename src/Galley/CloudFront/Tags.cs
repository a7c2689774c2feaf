using System.Text.Json.Nodes;
using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>Tags of distributions, functions and key-value stores, by the ARN.</summary>
internal sealed class Tags(Installation installation)
{
    private const int Most = 50, MostInKey = 128, MostInValue = 256;

    public async ValueTask<Reply> ListTagsForResource(XmlRequest request, Call call)
    {
        var tags = await Of(Asked(request), call) ?? throw Errors.NoSuch("Resource");
        return Xml.Answer(200, new XElement("Tags", new XElement("Items", tags.Select(tag =>
            new XElement("Tag", new XElement("Key", tag.Key), new XElement("Value", tag.Value))))));
    }

    public async ValueTask<Reply> TagResource(XmlRequest request, Call call)
    {
        var added = Read(request.Body("Tags"));
        await Change(Asked(request), call, tags => Checked(new(tags.Concat(added).GroupBy(tag => tag.Key).Select(same => same.Last()))));
        return new Reply(204);
    }

    public async ValueTask<Reply> UntagResource(XmlRequest request, Call call)
    {
        var keys = request.Body("TagKeys").Element("Items")?.Elements("Key").Select(key => key.Value).ToList() ?? [];
        await Change(Asked(request), call, tags => new(tags.Where(tag => !keys.Contains(tag.Key))));
        return new Reply(204);
    }

    /// <summary>The tags of a resource, for `aws:ResourceTag`; null for none such.</summary>
    public ValueTask<IReadOnlyDictionary<string, string>?> Of(string arn, Call call) => installation.Store.Read(async snapshot => (IReadOnlyDictionary<string, string>?)(Parts(arn) switch
    {
        ("distribution", var id) => (await snapshot.Get(Keys.Distribution(call.Account, id), CloudFrontJson.Default.Distribution))?.Tags,
        ("function", var name) => (await snapshot.Get(Keys.Function(call.Account, name), CloudFrontJson.Default.EdgeFunction))?.Tags,
        ("key-value-store", _) => (await KeyValueStores.ByArn(snapshot, arn, call.Account))?.Tags,
        _ => null,
    }));

    /// <summary>The tags of a request's body.</summary>
    public static Dictionary<string, string> Read(XElement? tags)
    {
        var read = new Dictionary<string, string>();
        foreach (var tag in tags?.Element("Items")?.Elements("Tag") ?? [])
            if (!read.TryAdd(tag.Element("Key")?.Value ?? throw Errors.Missing("Tag.Key"), tag.Element("Value")?.Value ?? ""))
                throw Errors.InvalidTagging("A tag key must not be given twice.");
        return Checked(read);
    }

    /// <summary>What AWS takes: fifty, short, none that begins with its own prefix.</summary>
    public static Dictionary<string, string> Checked(Dictionary<string, string> tags)
    {
        if (tags.Count > Most) throw Errors.InvalidTagging($"A resource can have at most {Most} tags.");
        foreach (var (key, value) in tags)
            if (key.Length is 0 or > MostInKey || value.Length > MostInValue || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                throw Errors.InvalidTagging("The tagging specified is not valid: " + key);
        return tags;
    }

    /// <summary>Those that a template gives, in place of all that were there.</summary>
    public ValueTask Replace(string arn, Dictionary<string, string> tags, Call call) => Change(arn, call, _ => tags);

    /// <summary>`[{"Key":…,"Value":…}]` of a template.</summary>
    public static Dictionary<string, string> Read(JsonObject properties)
    {
        var read = new Dictionary<string, string>();
        foreach (var tag in (properties["Tags"] as JsonArray ?? []).OfType<JsonObject>()) read[tag["Key"]?.ToString() ?? throw Errors.Missing("Tag.Key")] = tag["Value"]?.ToString() ?? "";
        return Checked(read);
    }

    private async ValueTask Change(string arn, Call call, Func<Dictionary<string, string>, Dictionary<string, string>> change) => await installation.Store.Write(async transaction =>
    {
        switch (Parts(arn))
        {
            case ("distribution", var id):
                var distribution = await Distributions.Get(transaction, id, call.Account);
                transaction.Put(Keys.Distribution(call.Account, id), distribution with { Tags = change(distribution.Tags) }, CloudFrontJson.Default.Distribution);
                break;
            case ("function", var name) when await transaction.Get(Keys.Function(call.Account, name), CloudFrontJson.Default.EdgeFunction) is { } function:
                transaction.Put(Keys.Function(call.Account, name), function with { Tags = change(function.Tags) }, CloudFrontJson.Default.EdgeFunction);
                break;
            case ("key-value-store", _) when await KeyValueStores.ByArn(transaction, arn, call.Account) is { } store:
                transaction.Put(Keys.Store(call.Account, store.Name), store with { Tags = change(store.Tags) }, CloudFrontJson.Default.KeyValueStore);
                break;
            default:
                throw Errors.NoSuch("Resource");
        }
    });

    private static string Asked(XmlRequest request) => request.Api.QueryValue("Resource") ?? throw Errors.Missing("Resource");

    /// <summary>`arn:aws:cloudfront::…:function/f` → `function`, `f`.</summary>
    private static (string Kind, string Id) Parts(string text)
        => Arn.TryParse(text, out var arn) && arn.Service == "cloudfront" && arn.Resource.Split('/') is [var kind, var id] ? (kind, id) : ("", "");
}
