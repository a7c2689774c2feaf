using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>
/// Create, Get, Get…Config, Update, Delete and List of one kind of named configuration: origin access controls, cache policies,
/// origin request policies, response headers policies. AWS's managed policies stand beside the account's own.
/// </summary>
internal sealed class Settings(SettingKind kind, Installation installation, Action changed)
{
    private bool IsPolicy => kind != SettingKind.OriginAccessControl;

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
        var type = IsPolicy ? request.Api.QueryValue("Type") : null;
        var asked = type switch { "managed" => managed, "custom" => own, null => managed.Concat(own), _ => throw Errors.InvalidArgument("The parameter Type must be managed or custom.") };
        var (page, marker, most, truncated) = Paging.Of(request.Api, asked, setting => setting.Id, 100);
        var next = truncated ? new XElement("NextMarker", page[^1].Id) : null;
        return Xml.Answer(200, IsPolicy
            ? new XElement(kind.Name + "List", next, new XElement("MaxItems", most), Xml.Items([.. page.Select(setting =>
                new XElement(kind.Name + "Summary", new XElement("Type", managed.Contains(setting) ? "managed" : "custom"), Described(setting)))]))
            : new XElement(kind.Name + "List", new XElement("Marker", marker), next, new XElement("MaxItems", most), new XElement("IsTruncated", truncated ? "true" : "false"),
                Xml.Items([.. page.Select(setting => new XElement(kind.Name + "Summary", new XElement("Id", setting.Id), Xml.Stored(setting.Config).Elements()))])));
    }

    public async ValueTask<Setting> Create(XElement config, Call call)
    {
        var fresh = new Setting
        {
            Id = kind.NewId(installation.Ids),
            Name = config.Element("Name")!.Value,
            ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric),
            Modified = installation.Now,
            Config = Xml.Text(config),
        };
        return await installation.Store.Write(async transaction =>
        {
            await RequireFreeName(transaction, fresh, call);
            transaction.Put(Keys.Setting(call.Account, kind.Name, fresh.Id), fresh, CloudFrontJson.Default.Setting);
            return fresh;
        });
    }

    public async ValueTask<Setting> Update(string id, string? ifMatch, XElement config, Call call)
    {
        if (ManagedPolicies.Find(kind, id) is not null) throw Errors.IllegalUpdate("You cannot change a managed policy.");
        var updated = await installation.Store.Write(async transaction =>
        {
            var old = await Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.Name);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            var next = old with { Name = config.Element("Name")!.Value, ETag = "E" + installation.Ids.Next(13, Ids.UpperAlphanumeric), Modified = installation.Now, Config = Xml.Text(config) };
            await RequireFreeName(transaction, next, call);
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
            var old = await Find(transaction, kind, id, call.Account) ?? throw Errors.NoSuch(kind.Name);
            if (ifMatch is not null && ifMatch != old.ETag) throw Errors.PreconditionFailed();
            await foreach (var distribution in transaction.All(Keys.Distributions(call.Account), CloudFrontJson.Default.Distribution))
                if (distribution.Config.Contains($"<{kind.Name}Id>{id}</{kind.Name}Id>", StringComparison.Ordinal))
                    throw Errors.InUse(kind.Name);
            transaction.Delete(Keys.Setting(call.Account, kind.Name, id));
        });
    }

    public static async ValueTask<Setting?> Find(ISnapshot snapshot, SettingKind kind, string id, string account)
        => ManagedPolicies.Find(kind, id) ?? await snapshot.Get(Keys.Setting(account, kind.Name, id), CloudFrontJson.Default.Setting);

    private async ValueTask<Setting> Find(string id, Call call)
        => await installation.Store.Read(snapshot => Find(snapshot, kind, id, call.Account)) ?? throw Errors.NoSuch(kind.Name);

    private async ValueTask RequireFreeName(ITransaction transaction, Setting setting, Call call)
    {
        await foreach (var other in transaction.All(Keys.Settings(call.Account, kind.Name), CloudFrontJson.Default.Setting))
            if (other.Name == setting.Name && other.Id != setting.Id)
                throw Errors.AlreadyExists(kind.Name, setting.Name);
    }

    private XElement Described(Setting setting) => new(kind.Name,
        new XElement("Id", setting.Id),
        IsPolicy ? new XElement("LastModifiedTime", Xml.Time(setting.Modified)) : null,
        Xml.Stored(setting.Config));
}
