using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>
/// Distributions. A change is served at once; `Status` says InProgress for a second and Deployed from then on.
/// </summary>
internal sealed class Distributions(Installation installation, Action<string> changed)
{
    private const int MaxItems = 100;
    private static readonly TimeSpan Deployment = TimeSpan.FromSeconds(1);

    public async ValueTask<Reply> CreateDistribution(XmlRequest request, Call call) => Created(await Create(DistributionConfig.Read(request.Body("DistributionConfig")), [], call), call);

    public async ValueTask<Reply> CreateDistributionWithTags(XmlRequest request, Call call)
    {
        var body = request.Body("DistributionConfigWithTags");
        var config = body.Element("DistributionConfig") ?? throw Errors.Missing("DistributionConfigWithTags.DistributionConfig");
        return Created(await Create(DistributionConfig.Read(config), Tags.Read(body.Element("Tags")), call), call);
    }

    public async ValueTask<Reply> GetDistribution(XmlRequest request, Call call)
    {
        var distribution = await Get(request.Id, call.Account);
        return Xml.Answer(200, Described(distribution, await InProgressInvalidations(distribution, call), call)).With("ETag", distribution.ETag);
    }

    public async ValueTask<Reply> GetDistributionConfig(XmlRequest request, Call call)
    {
        var distribution = await Get(request.Id, call.Account);
        return Xml.Answer(200, Xml.Stored(distribution.Config)).With("ETag", distribution.ETag);
    }

    public async ValueTask<Reply> UpdateDistribution(XmlRequest request, Call call)
    {
        var updated = await Update(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), DistributionConfig.Read(request.Body("DistributionConfig")), call);
        return Xml.Answer(200, Described(updated, await InProgressInvalidations(updated, call), call)).With("ETag", updated.ETag);
    }

    public async ValueTask<Reply> DeleteDistribution(XmlRequest request, Call call)
    {
        await Delete(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), call);
        return new Reply(204);
    }

    public async ValueTask<Reply> ListDistributions(XmlRequest request, Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution));
        var (page, marker, most, truncated) = Paging.Of(request.Api, all, distribution => distribution.Id, MaxItems);
        return Xml.Answer(200, new XElement("DistributionList",
            new XElement("Marker", marker),
            truncated ? new XElement("NextMarker", page[^1].Id) : null,
            new XElement("MaxItems", most),
            new XElement("IsTruncated", truncated ? "true" : "false"),
            Xml.Items([.. page.Select(distribution => Summary(distribution, call))])));
    }

    public async ValueTask<Distribution> Create(XElement config, Dictionary<string, string> tags, Call call)
    {
        var reference = config.Element("CallerReference")!.Value;
        var fresh = new Distribution
        {
            Id = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric),
            Label = "d" + installation.Ids.Next(13),
            ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric),
            Modified = installation.Now,
            CallerReference = reference,
            Enabled = config.Element("Enabled")!.Value == "true",
            Config = Xml.Text(config),
            Tags = tags,
        };
        var created = await installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Reference(call.Account, reference)) is { } id)
            {
                var existing = await Get(transaction, System.Text.Encoding.UTF8.GetString(id), call.Account);
                return existing.Config == fresh.Config ? existing : throw Errors.AlreadyExists("Distribution", existing.Id);
            }

            await CheckReferences(transaction, config, call);
            transaction.Put(Keys.Distribution(call.Account, fresh.Id), fresh, CloudFrontJson.Default.Distribution);
            transaction.Put(Keys.Domain(call.Account, fresh.Label), System.Text.Encoding.UTF8.GetBytes(fresh.Id));
            transaction.Put(Keys.Reference(call.Account, reference), System.Text.Encoding.UTF8.GetBytes(fresh.Id));
            return fresh;
        });
        changed(created.Label);
        return created;
    }

    /// <param name="ifMatch">The ETag that must still stand; null for whatever stands (CloudFormation).</param>
    public async ValueTask<Distribution> Update(string id, string? ifMatch, XElement config, Call call)
    {
        var updated = await installation.Store.Write(async transaction =>
        {
            var old = await Get(transaction, id, call.Account);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            if (config.Element("CallerReference")!.Value != old.CallerReference) throw Errors.IllegalUpdate("The update contains modifications that are not allowed: CallerReference.");
            await CheckReferences(transaction, config, call);
            var next = old with
            {
                ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric),
                Modified = installation.Now,
                Enabled = config.Element("Enabled")!.Value == "true",
                Config = Xml.Text(config),
            };
            transaction.Put(Keys.Distribution(call.Account, id), next, CloudFrontJson.Default.Distribution);
            return next;
        });
        changed(updated.Label);
        return updated;
    }

    public async ValueTask Delete(string id, string? ifMatch, Call call)
    {
        var label = await installation.Store.Write(async transaction =>
        {
            var old = await Get(transaction, id, call.Account);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            if (old.Enabled || StatusOf(old) != "Deployed" && ifMatch is not null) throw Errors.DistributionNotDisabled();
            transaction.Delete(Keys.Distribution(call.Account, id));
            transaction.Delete(Keys.Domain(call.Account, old.Label));
            transaction.Delete(Keys.Reference(call.Account, old.CallerReference));
            await transaction.DeleteAll(Keys.Invalidations(call.Account, id));
            return old.Label;
        });
        changed(label);
    }

    public ValueTask<Distribution> Get(string id, string account) => installation.Store.Read(snapshot => Get(snapshot, id, account));

    public static async ValueTask<Distribution> Get(ISnapshot snapshot, string id, string account)
        => await snapshot.Get(Keys.Distribution(account, id), CloudFrontJson.Default.Distribution) ?? throw Errors.NoSuch("Distribution");

    /// <summary>The distribution of a domain label, or null.</summary>
    public async ValueTask<Distribution?> OfDomain(string label) => await installation.Store.Read(async snapshot =>
        await snapshot.Get(Keys.Domain(installation.Account, label)) is { } id
            ? await snapshot.Get(Keys.Distribution(installation.Account, System.Text.Encoding.UTF8.GetString(id)), CloudFrontJson.Default.Distribution)
            : null);

    private static async ValueTask CheckReferences(ITransaction transaction, XElement config, Call call)
    {
        foreach (var behavior in DistributionConfig.Behaviors(config))
            foreach (var kind in SettingKind.Policies)
                if (behavior.Element(kind.Name + "Id")?.Value is { } id)
                    _ = await Settings.Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.Name);
        foreach (var origin in config.Element("Origins")!.Element("Items")!.Elements())
            if (origin.Element("OriginAccessControlId")!.Value is { Length: > 0 } id)
                _ = await Settings.Find(transaction, SettingKind.OriginAccessControl, id, call.Account) ?? throw Errors.NoSuch("OriginAccessControl");
    }

    private async ValueTask<int> InProgressInvalidations(Distribution distribution, Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Invalidations(call.Account, distribution.Id), CloudFrontJson.Default.Invalidation));
        return all.Count(invalidation => installation.Now - invalidation.Created < Deployment);
    }

    private string StatusOf(Distribution distribution) => installation.Now - distribution.Modified < Deployment ? "InProgress" : "Deployed";

    private Reply Created(Distribution distribution, Call call) => Xml.Answer(201, Described(distribution, 0, call))
        .With("ETag", distribution.ETag)
        .With("Location", "https://cloudfront.amazonaws.com/2020-05-31/distribution/" + distribution.Id);

    private XElement Described(Distribution distribution, int invalidations, Call call) => new("Distribution",
        new XElement("Id", distribution.Id),
        new XElement("ARN", distribution.Arn(call.Account)),
        new XElement("Status", StatusOf(distribution)),
        new XElement("LastModifiedTime", Xml.Time(distribution.Modified)),
        new XElement("InProgressInvalidationBatches", invalidations),
        new XElement("DomainName", distribution.DomainName),
        new XElement("ActiveTrustedSigners", new XElement("Enabled", "false"), new XElement("Quantity", 0)),
        new XElement("ActiveTrustedKeyGroups", new XElement("Enabled", "false"), new XElement("Quantity", 0)),
        Xml.Stored(distribution.Config));

    private XElement Summary(Distribution distribution, Call call)
    {
        var config = Xml.Stored(distribution.Config);
        return new XElement("DistributionSummary",
            new XElement("Id", distribution.Id),
            new XElement("ARN", distribution.Arn(call.Account)),
            new XElement("ETag", distribution.ETag),
            new XElement("Status", StatusOf(distribution)),
            new XElement("LastModifiedTime", Xml.Time(distribution.Modified)),
            new XElement("DomainName", distribution.DomainName),
            config.Elements().Where(element => element.Name.LocalName is not ("CallerReference" or "DefaultRootObject" or "Logging" or "ContinuousDeploymentPolicyId")));
    }
}
