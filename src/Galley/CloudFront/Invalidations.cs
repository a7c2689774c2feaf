using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>Invalidations: the cache forgets at once; `Status` says InProgress for a second.</summary>
internal sealed class Invalidations(Installation installation, Action<Distribution, IReadOnlyList<string>> forget)
{
    private const int MaxPaths = 3000, MaxWildcards = 15;
    private static readonly TimeSpan Work = TimeSpan.FromSeconds(1);

    public async ValueTask<Reply> CreateInvalidation(XmlRequest request, Call call)
    {
        var batch = request.Body("InvalidationBatch");
        var reference = batch.Element("CallerReference")?.Value ?? throw Errors.Missing("InvalidationBatch.CallerReference");
        var paths = batch.Element("Paths")?.Element("Items")?.Elements("Path").Select(path => path.Value).ToList() ?? [];
        if (batch.Element("Paths")?.Element("Quantity")?.Value != paths.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)) throw Errors.InconsistentQuantities();
        if (paths.Count is 0 or > MaxPaths || paths.Count(path => path.EndsWith('*')) > MaxWildcards)
            throw new AwsError(paths.Count == 0 ? "InvalidArgument" : "TooManyInvalidationsInProgress", "Your request contains no path, or more invalidation paths than allowed.");
        if (paths.Exists(path => !path.StartsWith('/') || path.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star && star != path.Length - 1))
            throw Errors.InvalidArgument("Your request contains one or more invalid invalidation paths.");

        var fresh = new Invalidation { Id = "I" + installation.Ids.Next(13, Ids.UpperAlphanumeric), Created = installation.Now, CallerReference = reference, Paths = paths };
        var (distribution, invalidation) = await installation.Store.Write(async transaction =>
        {
            var distribution = await Distributions.Get(transaction, request.Id, call.Account);
            foreach (var earlier in await transaction.List(Keys.Invalidations(call.Account, distribution.Id), CloudFrontJson.Default.Invalidation))
                if (earlier.CallerReference == reference)
                    return (distribution, earlier.Paths.SequenceEqual(paths) ? earlier : throw Errors.InvalidArgument("The caller reference was used for another invalidation batch."));
            transaction.Put(Keys.Invalidation(call.Account, distribution.Id, fresh.Id), fresh, CloudFrontJson.Default.Invalidation);
            return (distribution, fresh);
        });
        forget(distribution, paths);
        return Xml.Answer(201, Described(invalidation))
            .With("Location", $"https://cloudfront.amazonaws.com/2020-05-31/distribution/{distribution.Id}/invalidation/{invalidation.Id}");
    }

    public async ValueTask<Reply> GetInvalidation(XmlRequest request, Call call) => Xml.Answer(200, Described(await installation.Store.Read(async snapshot =>
    {
        await Distributions.Get(snapshot, request.Id, call.Account);
        return await snapshot.Get(Keys.Invalidation(call.Account, request.Id, request.Path[1]), CloudFrontJson.Default.Invalidation) ?? throw Errors.NoSuch("Invalidation");
    })));

    public async ValueTask<Reply> ListInvalidations(XmlRequest request, Call call)
    {
        var all = await installation.Store.Read(async snapshot =>
        {
            await Distributions.Get(snapshot, request.Id, call.Account);
            return await snapshot.List(Keys.Invalidations(call.Account, request.Id), CloudFrontJson.Default.Invalidation);
        });
        var (page, marker, most, truncated) = Paging.Of(request.Api, all, invalidation => invalidation.Id, 100);
        return Xml.Answer(200, new XElement("InvalidationList",
            new XElement("Marker", marker), truncated ? new XElement("NextMarker", page[^1].Id) : null,
            new XElement("MaxItems", most), new XElement("IsTruncated", truncated ? "true" : "false"),
            Xml.Items([.. page.Select(invalidation => new XElement("InvalidationSummary",
                new XElement("Id", invalidation.Id), new XElement("CreateTime", Xml.Time(invalidation.Created)), new XElement("Status", StatusOf(invalidation))))])));
    }

    private string StatusOf(Invalidation invalidation) => installation.Now - invalidation.Created < Work ? "InProgress" : "Completed";

    private XElement Described(Invalidation invalidation) => new("Invalidation",
        new XElement("Id", invalidation.Id),
        new XElement("Status", StatusOf(invalidation)),
        new XElement("CreateTime", Xml.Time(invalidation.Created)),
        new XElement("InvalidationBatch",
            new XElement("Paths", Xml.Items([.. invalidation.Paths.Select(path => new XElement("Path", path))])),
            new XElement("CallerReference", invalidation.CallerReference)));
}
