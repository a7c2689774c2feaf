using System.Collections.Concurrent;
using System.Xml.Linq;
using Galley.CloudFront.Code;
using Galley.Store;

namespace Galley.CloudFront.Serve;

/// <summary>The distributions in use, by domain label, read from the store when first asked for and again after a change.</summary>
internal sealed class Sites(Installation installation, Distributions distributions)
{
    private readonly ConcurrentDictionary<string, Site> _sites = new();
    private int _changes;

    public ValueTask<Site?> Find(string label) => _sites.TryGetValue(label, out var site) ? new(site) : Load(label);

    public void Forget(string label)
    {
        Interlocked.Increment(ref _changes);
        _sites.TryRemove(label, out _);
    }

    public void ForgetAll()
    {
        Interlocked.Increment(ref _changes);
        _sites.Clear();
    }

    private async ValueTask<Site?> Load(string label)
    {
        var before = Volatile.Read(ref _changes);
        if (await distributions.OfDomain(label) is not { } distribution) return null;
        var site = Site.Of(distribution, installation.Account, await installation.Store.Read(snapshot => SiteParts.Of(snapshot, distribution, installation.Account)));
        // a change during the reading must not be lost to what was read before it
        _sites[label] = site;
        if (Volatile.Read(ref _changes) != before) _sites.TryRemove(label, out _);
        return site;
    }
}

/// <summary>What a distribution refers to: policies, access controls and identities, keys, functions.</summary>
internal sealed class SiteParts
{
    private readonly Dictionary<(string Kind, string Id), XElement> _settings = [];
    private readonly Dictionary<string, EdgeFunction> _functions = [];

    /// <summary>Null when it is gone.</summary>
    public XElement? Setting(string kind, string id) => _settings.GetValueOrDefault((kind, id));

    /// <summary>By ARN.</summary>
    public EdgeFunction? Function(string arn) => _functions.GetValueOrDefault(arn);

    public IEnumerable<string> PublicKeys => _settings.Keys.Where(key => key.Kind == "PublicKey").Select(key => key.Id);

    public static async ValueTask<SiteParts> Of(ISnapshot snapshot, Distribution distribution, string account)
    {
        var (config, parts) = (Xml.Stored(distribution.Config), new SiteParts());
        foreach (var kind in SettingKind.Referred)
            foreach (var id in config.Descendants(kind.Name + "Id").Select(element => element.Value).Where(id => id.Length > 0).Distinct()) await parts.Add(snapshot, kind, id, account);
        foreach (var identity in config.Descendants("OriginAccessIdentity").Select(element => element.Value.Split('/')[^1]).Where(id => id.Length > 0).Distinct())
            await parts.Add(snapshot, SettingKind.OriginAccessIdentity, identity, account);
        foreach (var group in config.Descendants("KeyGroup").Select(element => element.Value).Distinct())
            if (await parts.Add(snapshot, SettingKind.KeyGroup, group, account) is { } members)
                foreach (var key in members.Element("Items")!.Elements()) await parts.Add(snapshot, SettingKind.PublicKey, key.Value, account);
        if (config.Descendants("AwsAccountNumber").Any())
            await foreach (var key in snapshot.All(Keys.Settings(account, SettingKind.PublicKey.Name), CloudFrontJson.Default.Setting))
                parts._settings[(SettingKind.PublicKey.Name, key.Id)] = Xml.Stored(key.Config);
        foreach (var arn in config.Descendants("FunctionARN").Select(element => element.Value).Distinct())
            if (await snapshot.Get(Keys.Function(account, arn.Split('/')[^1]), CloudFrontJson.Default.EdgeFunction) is { } function)
                parts._functions[arn] = function;
        return parts;
    }

    private async ValueTask<XElement?> Add(ISnapshot snapshot, SettingKind kind, string id, string account)
    {
        if (await Settings.Find(snapshot, kind, id, account) is not { } setting) return null;
        var config = Xml.Stored(setting.Config);
        if (setting.CanonicalUser is { } user) config.Add(new XElement("S3CanonicalUserId", user));
        return _settings[(kind.Name, id)] = config;
    }
}
