namespace Galley.ApiGateway.Invoke;

/// <summary>From a host name of the user's own to the stage that its mapping names.</summary>
internal sealed class CustomDomains(DomainNames domains, ApiMappings mappings)
{
    public async ValueTask<ClaimedName?> Claim(string host) => await domains.Find(host) is { } domain ? new ClaimedName(domain.Name, domain.Region) : null;

    /// <summary>Null, with its reason in the trail, when nothing is mapped to this path.</summary>
    public async ValueTask<Mapped?> Find(DoorRequest door)
    {
        if (await domains.Find(door.ClaimedHost) is { } domain && await mappings.Find(domain, door.RawPath) is var (mapping, rest))
            return new Mapped(mapping.ApiId, domain.Region, mapping.Stage, mapping.ApiMappingKey, rest);
        door.Trail.Refuse("mapping", $"no API mapping of {door.ClaimedHost} begins this path", "make an API mapping for it, or one with an empty key for all paths");
        return null;
    }

    internal sealed record Mapped(string ApiId, string Region, string Stage, string Key, string Rest);
}
