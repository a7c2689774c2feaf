using System.Collections.Concurrent;
using System.Xml.Linq;
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
        var settings = await SettingsOf(distribution);
        var site = Site.Of(distribution, installation.Account, (kind, id) => settings.GetValueOrDefault((kind, id)));
        // a change during the reading must not be lost to what was read before it
        _sites[label] = site;
        if (Volatile.Read(ref _changes) != before) _sites.TryRemove(label, out _);
        return site;
    }

    private async ValueTask<Dictionary<(string Kind, string Id), XElement>> SettingsOf(Distribution distribution)
    {
        var config = Xml.Stored(distribution.Config);
        var found = new Dictionary<(string, string), XElement>();
        await installation.Store.Read(async snapshot =>
        {
            foreach (var kind in SettingKind.All)
                foreach (var id in config.Descendants(kind.Name + "Id").Select(element => element.Value).Where(id => id.Length > 0).Distinct())
                    if (await Settings.Find(snapshot, kind, id, installation.Account) is { } setting)
                        found[(kind.Name, id)] = Xml.Stored(setting.Config);
            return true;
        });
        return found;
    }
}
