using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>
/// Create, Get, Get…Config, Update, Delete and List of one kind of named configuration: origin access controls and identities,
/// policies, public keys, key groups. AWS's managed policies stand beside the account's own.
/// </summary>
internal sealed class Settings(SettingKind kind, Installation installation, Action changed)
{
    public async ValueTask<Reply> Create(XmlRequest request, Call call)
    {
        var created = await Create(kind.Read(request.Body(kind.Config.Name)), call);
        return Xml.Answer(201, Described(created)).With("ETag", created.ETag).With("Location", $"https://cloudfront.amazonaws.com/2020-05-31/{kind.Path}/{created.Id}");
    }

    public async ValueTask<Reply> Get(XmlRequest request, Call call)
    {
        var setting = await Find(request.Id, call);
        return Xml.Answer(200, Described(setting)).With("ETag", setting.ETag);
    }

    public async ValueTask<Reply> GetConfig(XmlRequest request, Call call)
    {
        var setting = await Find(request.Id, call);
        return Xml.Answer(200, Xml.Stored(setting.Config)).With("ETag", setting.ETag);
    }

    public async ValueTask<Reply> Update(XmlRequest request, Call call)
    {
        var updated = await Update(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), kind.Read(request.Body(kind.Config.Name)), call);
        return Xml.Answer(200, Described(updated)).With("ETag", updated.ETag);
    }

    public async ValueTask<Reply> Delete(XmlRequest request, Call call)
    {
        await Delete(request.Id, request.IfMatch ?? throw Errors.InvalidIfMatchVersion(), call);
        return new Reply(204);
    }

    public async ValueTask<Reply> List(XmlRequest request, Call call)
    {
        var own = await installation.Store.Read(snapshot => snapshot.List(Keys.Settings(call.Account, kind.Name), CloudFrontJson.Default.Setting));
        var managed = ManagedPolicies.Of(kind);
        var type = kind.IsPolicy ? request.Api.QueryValue("Type") : null;
        var asked = type switch { "managed" => managed, "custom" => own, null => managed.Concat(own), _ => throw Errors.InvalidArgument("The parameter Type must be managed or custom.") };
        var (page, marker, most, truncated) = Paging.Of(request.Api, asked, setting => setting.Id, 100);
        return Xml.Answer(200, new XElement(kind.Name + "List",
            kind.Stamp is null ? new XElement("Marker", marker) : null,
            truncated ? new XElement("NextMarker", page[^1].Id) : null,
            new XElement("MaxItems", most),
            kind.Stamp is null ? new XElement("IsTruncated", truncated ? "true" : "false") : null,
            Xml.Items([.. page.Select(setting => Summary(setting, managed.Contains(setting)))])));
    }

    public async ValueTask<Setting> Create(XElement config, Call call)
    {
        var fresh = new Setting
        {
            Id = kind.NewId(installation.Ids),
            Name = NameOf(config),
            CanonicalUser = kind == SettingKind.OriginAccessIdentity ? Convert.ToHexStringLower(installation.Ids.Bytes(48)) : null,
            ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric),
            Modified = installation.Now,
            Config = Xml.Text(config),
        };
        return await installation.Store.Write(async transaction =>
        {
            if (kind == SettingKind.OriginAccessIdentity && await Same(transaction, fresh, call) is { } same) return same;
            await RequireFreeName(transaction, fresh, call);
            await RequireKeys(transaction, config, call);
            transaction.Put(Keys.Setting(call.Account, kind.Name, fresh.Id), fresh, CloudFrontJson.Default.Setting);
            return fresh;
        });
    }

    public async ValueTask<Setting> Update(string id, string? ifMatch, XElement config, Call call)
    {
        if (ManagedPolicies.Find(kind, id) is not null) throw Errors.IllegalUpdate("You cannot change a managed policy.");
        var updated = await installation.Store.Write(async transaction =>
        {
            var old = await Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.ErrorName);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            var next = old with { Name = NameOf(config), ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric), Modified = installation.Now, Config = Xml.Text(config) };
            if (kind == SettingKind.PublicKey && Unlike(old, next, "EncodedKey")) throw new AwsError("CannotChangeImmutablePublicKeyFields", "You can't change the value of a public key.");
            if (kind == SettingKind.PublicKey && Unlike(old, next, "CallerReference") || kind == SettingKind.OriginAccessIdentity && Unlike(old, next, "CallerReference"))
                throw Errors.IllegalUpdate("The update contains modifications that are not allowed: CallerReference.");
            await RequireFreeName(transaction, next, call);
            await RequireKeys(transaction, config, call);
            transaction.Put(Keys.Setting(call.Account, kind.Name, id), next, CloudFrontJson.Default.Setting);
            return next;
        });
        changed();
        return updated;
    }

    public async ValueTask Delete(string id, string? ifMatch, Call call)
    {
        if (ManagedPolicies.Find(kind, id) is not null) throw Errors.ManagedPolicy();
        await installation.Store.Write(async transaction =>
        {
            var old = await Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.ErrorName);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            await foreach (var distribution in transaction.All(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution))
                if (distribution.Config.Contains(Mention(id), StringComparison.Ordinal))
                    throw Errors.InUse(kind.ErrorName);
            if (kind == SettingKind.PublicKey)
                await foreach (var group in transaction.All(Keys.Settings(call.Account, SettingKind.KeyGroup.Name), CloudFrontJson.Default.Setting))
                    if (group.Config.Contains($"<PublicKey>{id}</PublicKey>", StringComparison.Ordinal))
                        throw new AwsError("PublicKeyInUse", "The specified public key is in use.", 409);
            transaction.Delete(Keys.Setting(call.Account, kind.Name, id));
        });
    }

    /// <summary>As it stands; throws when it is gone.</summary>
    public ValueTask<Setting> Current(string id, Call call) => Find(id, call);

    public static async ValueTask<Setting?> Find(ISnapshot snapshot, SettingKind kind, string id, string account)
        => ManagedPolicies.Find(kind, id) ?? await snapshot.Get(Keys.Setting(account, kind.Name, id), CloudFrontJson.Default.Setting);

    /// <summary>How a distribution's configuration names it.</summary>
    private string Mention(string id) => kind == SettingKind.KeyGroup ? $"<KeyGroup>{id}</KeyGroup>"
        : kind == SettingKind.OriginAccessIdentity ? $"origin-access-identity/cloudfront/{id}</OriginAccessIdentity>"
        : $"<{kind.Name}Id>{id}</{kind.Name}Id>";

    private static string NameOf(XElement config) => (config.Element("Name") ?? config.Element("CallerReference"))!.Value;

    private static bool Unlike(Setting old, Setting next, string name) => Xml.Stored(old.Config).Element(name)!.Value != Xml.Stored(next.Config).Element(name)!.Value;

    /// <summary>The same caller reference with the same content gives what there is.</summary>
    private async ValueTask<Setting?> Same(ITransaction transaction, Setting fresh, Call call)
    {
        await foreach (var other in transaction.All(Keys.Settings(call.Account, kind.Name), CloudFrontJson.Default.Setting))
            if (other.Config == fresh.Config)
                return other;
        return null;
    }

    private async ValueTask RequireKeys(ITransaction transaction, XElement config, Call call)
    {
        if (kind != SettingKind.KeyGroup) return;
        var keys = config.Element("Items")!.Elements().Select(key => key.Value).ToList();
        if (keys.Count > 5) throw new AwsError("TooManyPublicKeysInKeyGroup", "The number of public keys in this key group is more than the maximum allowed.");
        foreach (var key in keys)
            if (await transaction.Get(Keys.Setting(call.Account, SettingKind.PublicKey.Name, key)) is null)
                throw Errors.InvalidArgument($"The parameter KeyGroupConfig contains a public key that does not exist: {key}");
    }

    private XElement Summary(Setting setting, bool managed)
    {
        if (kind.IsPolicy) return new XElement(kind.Name + "Summary", new XElement("Type", managed ? "managed" : "custom"), Described(setting));
        if (kind == SettingKind.KeyGroup) return new XElement("KeyGroupSummary", Described(setting));
        return new XElement(kind.Name + "Summary", new XElement("Id", setting.Id), setting.CanonicalUser is { } user ? new XElement("S3CanonicalUserId", user) : null,
            kind == SettingKind.PublicKey ? new XElement("CreatedTime", Xml.Time(setting.Modified)) : null,
            Xml.Stored(setting.Config).Elements().Where(element => element.Name.LocalName != "CallerReference"));
    }

    private async ValueTask<Setting> Find(string id, Call call)
        => await installation.Store.Read(snapshot => Find(snapshot, kind, id, call.Account)) ?? throw Errors.NoSuch(kind.ErrorName);

    private async ValueTask RequireFreeName(ITransaction transaction, Setting setting, Call call)
    {
        await foreach (var other in transaction.All(Keys.Settings(call.Account, kind.Name), CloudFrontJson.Default.Setting))
            if (other.Name == setting.Name && other.Id != setting.Id)
                throw Errors.AlreadyExists(kind.Name, setting.Name);
    }

    private XElement Described(Setting setting) => new(kind.Name,
        new XElement("Id", setting.Id),
        setting.CanonicalUser is { } user ? new XElement("S3CanonicalUserId", user) : null,
        kind.Stamp is { } stamp ? new XElement(stamp, Xml.Time(setting.Modified)) : null,
        Xml.Stored(setting.Config));
}
