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

    public async ValueTask<Reply> CreateDistribution(XmlRequest request, Call call) => await Created(await Create(DistributionConfig.Read(request.Body("DistributionConfig")), [], call), call);

    public async ValueTask<Reply> CreateDistributionWithTags(XmlRequest request, Call call)
    {
        var body = request.Body("DistributionConfigWithTags");
        var config = body.Element("DistributionConfig") ?? throw Errors.Missing("DistributionConfigWithTags.DistributionConfig");
        return await Created(await Create(DistributionConfig.Read(config), Tags.Read(body.Element("Tags")), call), call);
    }

    public async ValueTask<Reply> GetDistribution(XmlRequest request, Call call)
    {
        var distribution = await Get(request.Id, call.Account);
        return Xml.Answer(200, Described(distribution, StatusOf(distribution), await InProgressInvalidations(distribution, call), await KeysOf(call), call)).With("ETag", distribution.ETag);
    }

    public async ValueTask<Reply> GetDistributionConfig(XmlRequest request, Call call)
    {
        var distribution = await Get(request.Id, call.Account);
        return Xml.Answer(200, Xml.Stored(distribution.Config)).With("ETag", distribution.ETag);
    }

    public async ValueTask<Reply> UpdateDistribution(XmlRequest request, Call call)
    {
        var updated = await Update(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), DistributionConfig.Read(request.Body("DistributionConfig")), call);
        return Xml.Answer(200, Described(updated, StatusOf(updated), await InProgressInvalidations(updated, call), await KeysOf(call), call)).With("ETag", updated.ETag);
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
        return Xml.Answer(200, List(page, marker, most, truncated, call));
    }

    /// <summary>`ListDistributionsBy…`: the distributions whose configuration names the given thing; ids, or summaries for WAF.</summary>
    public async ValueTask<Reply> ListBy(string element, XmlRequest request, Call call)
    {
        var id = request.Id == "null" ? "" : request.Id;
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution));
        var named = all.Where(distribution => Xml.Stored(distribution.Config).Descendants(element).Any(item => item.Value == id));
        var (page, marker, most, truncated) = Paging.Of(request.Api, named, distribution => distribution.Id, MaxItems);
        if (element == "WebACLId") return Xml.Answer(200, List(page, marker, most, truncated, call));
        return Xml.Answer(200, new XElement("DistributionIdList",
            new XElement("Marker", marker),
            truncated ? new XElement("NextMarker", page[^1].Id) : null,
            new XElement("MaxItems", most),
            new XElement("IsTruncated", truncated ? "true" : "false"),
            Xml.Items([.. page.Select(distribution => new XElement("DistributionId", distribution.Id))])));
    }

    /// <summary>Whose distribution holds a name: for other distributions that want it.</summary>
    public async ValueTask<Reply> ListConflictingAliases(XmlRequest request, Call call)
    {
        var alias = request.Api.QueryValue("Alias") ?? throw Errors.Missing("Alias");
        var asking = await Get(request.Api.QueryValue("DistributionId") ?? throw Errors.Missing("DistributionId"), call.Account);
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution));
        var found = all.Where(distribution => distribution.Id != asking.Id).SelectMany(distribution => Aliases(distribution).Where(name => name == alias || name.StartsWith('*') && alias.EndsWith(name[1..], StringComparison.Ordinal)).Select(name => (name, distribution))).ToList();
        return Xml.Answer(200, new XElement("ConflictingAliasesList", new XElement("MaxItems", MaxItems),
            Xml.Items([.. found.Select(item => new XElement("ConflictingAlias", new XElement("Alias", item.name), new XElement("DistributionId", item.distribution.Id), new XElement("AccountId", call.Account)))])));
    }

    private XElement List(IReadOnlyList<Distribution> page, string marker, int most, bool truncated, Call call) => new("DistributionList",
            new XElement("Marker", marker),
            truncated ? new XElement("NextMarker", page[^1].Id) : null,
            new XElement("MaxItems", most),
            new XElement("IsTruncated", truncated ? "true" : "false"),
            Xml.Items([.. page.Select(distribution => Summary(distribution, call))]));

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
            await TakeAliases(transaction, null, fresh, call);
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
            await TakeAliases(transaction, old, next, call);
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
            foreach (var alias in Aliases(old)) transaction.Delete(Keys.Alias(call.Account, alias));
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

    /// <summary>The label of the distribution with this alternate domain name, exact names before wildcards.</summary>
    public ValueTask<string?> OfAlias(string name) => installation.Store.Read(async snapshot =>
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var label = await snapshot.Get(Keys.Alias(installation.Account, name)) ?? await snapshot.Get(Keys.Alias(installation.Account, "*" + name[dot..]));
        return label is null ? null : System.Text.Encoding.UTF8.GetString(label);
    });

    private static List<string> Aliases(Distribution distribution) => [.. (Xml.Stored(distribution.Config).Element("Aliases")!.Element("Items")?.Elements() ?? []).Select(alias => alias.Value.ToLowerInvariant())];

    private static async ValueTask TakeAliases(ITransaction transaction, Distribution? old, Distribution next, Call call)
    {
        var wanted = Aliases(next);
        foreach (var alias in wanted)
            if (await transaction.Get(Keys.Alias(call.Account, alias)) is { } owner && System.Text.Encoding.UTF8.GetString(owner) != next.Label)
                throw Errors.CnameAlreadyExists();
        foreach (var alias in old is null ? [] : Aliases(old)) transaction.Delete(Keys.Alias(call.Account, alias));
        foreach (var alias in wanted) transaction.Put(Keys.Alias(call.Account, alias), System.Text.Encoding.UTF8.GetBytes(next.Label));
    }

    private static async ValueTask CheckReferences(ITransaction transaction, XElement config, Call call)
    {
        foreach (var behavior in DistributionConfig.Behaviors(config))
            foreach (var kind in SettingKind.Policies)
                if (behavior.Element(kind.Name + "Id")?.Value is { } id)
                    _ = await Settings.Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.Name);
        foreach (var origin in config.Element("Origins")!.Element("Items")!.Elements())
            if (origin.Element("OriginAccessControlId")!.Value is { Length: > 0 } id)
                _ = await Settings.Find(transaction, SettingKind.OriginAccessControl, id, call.Account) ?? throw Errors.NoSuch("OriginAccessControl");
        foreach (var identity in config.Descendants("OriginAccessIdentity").Select(element => element.Value).Where(value => value.Length > 0))
            if (!identity.StartsWith("origin-access-identity/cloudfront/", StringComparison.Ordinal) || await Settings.Find(transaction, SettingKind.OriginAccessIdentity, identity.Split('/')[^1], call.Account) is null)
                throw new AwsError("InvalidOriginAccessIdentity", "The origin access identity is not valid or doesn't exist.");
        foreach (var group in config.Descendants("KeyGroup").Select(element => element.Value))
            _ = await Settings.Find(transaction, SettingKind.KeyGroup, group, call.Account) ?? throw new AwsError("TrustedKeyGroupDoesNotExist", "The specified key group does not exist.");
        foreach (var signer in config.Descendants("AwsAccountNumber").Select(element => element.Value))
            if (signer != "self" && signer != call.Account) throw new AwsError("TrustedSignerDoesNotExist", "One or more of your trusted signers don't exist.");
        foreach (var arn in config.Descendants("FunctionARN").Select(element => element.Value))
            if (await transaction.Get(Keys.Function(call.Account, arn.Split('/')[^1]), CloudFrontJson.Default.EdgeFunction) is not { Live: not null } function || function.Arn(call.Account) != arn)
                throw Errors.InvalidFunction("The function ARN is not that of a function that is published in this account. ARN: " + arn);
    }

    private async ValueTask<int> InProgressInvalidations(Distribution distribution, Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Invalidations(call.Account, distribution.Id), CloudFrontJson.Default.Invalidation));
        return all.Count(invalidation => installation.Now - invalidation.Created < Deployment);
    }

    private string StatusOf(Distribution distribution) => installation.Now - distribution.Modified < Deployment ? "InProgress" : "Deployed";

    private async ValueTask<Reply> Created(Distribution distribution, Call call) => Xml.Answer(201, Described(distribution, StatusOf(distribution), 0, await KeysOf(call), call))
        .With("ETag", distribution.ETag)
        .With("Location", "https://cloudfront.amazonaws.com/2020-05-31/distribution/" + distribution.Id);

    private static XElement Described(Distribution distribution, string status, int invalidations, Dictionary<string, List<string>> keys, Call call) => new("Distribution",
        new XElement("Id", distribution.Id),
        new XElement("ARN", distribution.Arn(call.Account)),
        new XElement("Status", status),
        new XElement("LastModifiedTime", Xml.Time(distribution.Modified)),
        new XElement("InProgressInvalidationBatches", invalidations),
        new XElement("DomainName", distribution.DomainName),
        Active(Xml.Stored(distribution.Config), "ActiveTrustedSigners", "AwsAccountNumber", id => new XElement("Signer", new XElement("AwsAccountNumber", id), new XElement("KeyPairIds", new XElement("Quantity", 0)))),
        Active(Xml.Stored(distribution.Config), "ActiveTrustedKeyGroups", "KeyGroup", id => new XElement("KeyGroup", new XElement("KeyGroupId", id), new XElement("KeyPairIds", Xml.Items([.. (keys.GetValueOrDefault(id) ?? []).Select(key => new XElement("KeyPairId", key))])))),
        Xml.Stored(distribution.Config));

    private static XElement Active(XElement config, string name, string item, Func<string, XElement> make)
    {
        var ids = config.Descendants(item).Select(element => element.Value).Distinct().ToList();
        return new XElement(name, new XElement("Enabled", ids.Count > 0 ? "true" : "false"), Xml.Items([.. ids.Select(make)]));
    }

    /// <summary>The public keys of every key group.</summary>
    private ValueTask<Dictionary<string, List<string>>> KeysOf(Call call) => installation.Store.Read(async snapshot =>
    {
        var groups = await snapshot.List(Keys.Settings(call.Account, SettingKind.KeyGroup.Name), CloudFrontJson.Default.Setting);
        return groups.ToDictionary(group => group.Id, group => Xml.Stored(group.Config).Element("Items")!.Elements().Select(key => key.Value).ToList());
    });

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
