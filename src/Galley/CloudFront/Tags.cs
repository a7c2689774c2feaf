using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>Tags of distributions.</summary>
internal sealed class Tags(Installation installation)
{
    public async ValueTask<Reply> ListTagsForResource(XmlRequest request, Call call)
    {
        var distribution = await installation.Store.Read(snapshot => Distributions.Get(snapshot, IdOf(request), call.Account));
        return Xml.Answer(200, new XElement("Tags", new XElement("Items", distribution.Tags.Select(tag =>
            new XElement("Tag", new XElement("Key", tag.Key), new XElement("Value", tag.Value))))));
    }

    public async ValueTask<Reply> TagResource(XmlRequest request, Call call)
    {
        var added = Read(request.Body("Tags"));
        await Change(request, call, tags =>
        {
            foreach (var (key, value) in added) tags[key] = value;
        });
        return new Reply(204);
    }

    public async ValueTask<Reply> UntagResource(XmlRequest request, Call call)
    {
        var keys = request.Body("TagKeys").Element("Items")?.Elements("Key").Select(key => key.Value).ToList() ?? [];
        await Change(request, call, tags => keys.ForEach(key => tags.Remove(key)));
        return new Reply(204);
    }

    public static Dictionary<string, string> Read(XElement? tags)
    {
        var read = new Dictionary<string, string>();
        foreach (var tag in tags?.Element("Items")?.Elements("Tag") ?? [])
            read[tag.Element("Key")?.Value ?? throw Errors.Missing("Tag.Key")] = tag.Element("Value")?.Value ?? "";
        return read;
    }

    private async ValueTask Change(XmlRequest request, Call call, Action<Dictionary<string, string>> change) => await installation.Store.Write(async transaction =>
    {
        var distribution = await Distributions.Get(transaction, IdOf(request), call.Account);
        var tags = new Dictionary<string, string>(distribution.Tags);
        change(tags);
        transaction.Put(Keys.Distribution(call.Account, distribution.Id), distribution with { Tags = tags }, CloudFrontJson.Default.Distribution);
    });

    private static string IdOf(XmlRequest request)
        => Arn.TryParse(request.Api.QueryValue("Resource"), out var arn) && arn.Service == "cloudfront" && arn.Resource.StartsWith("distribution/", StringComparison.Ordinal)
            ? arn.Resource["distribution/".Length..]
            : throw Errors.NoSuch("Resource");
}
