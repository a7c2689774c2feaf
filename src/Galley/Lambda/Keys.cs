using Galley.Store;

namespace Galley.Lambda;

/// <summary>
/// `lambda / account / region / function / name` → <see cref="FunctionRecord"/> of $LATEST; `… / version / name / number` → the same, frozen;
/// `… / alias / name / alias` → <see cref="AliasRecord"/>; `… / policy / name / qualifier` → <see cref="PolicyRecord"/>.
/// </summary>
internal static class Keys
{
    public static byte[] Functions(string account, string region) => Key.Of("lambda", account, region, "function");

    public static byte[] Function(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "function", function.Name);

    public static byte[] Versions(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "version", function.Name);

    public static byte[] Version(FunctionRef function, long number) => Key.From(Versions(function)).Add(number).ToArray();

    public static byte[] Aliases(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "alias", function.Name);

    public static byte[] Alias(FunctionRef function, string alias) => Key.Of("lambda", function.Account, function.Region, "alias", function.Name, alias);

    /// <summary>Asynchronous events of all functions: `lambda-queue / when due / id` → <see cref="Invoke.AsyncEvent"/>.</summary>
    public static readonly byte[] Queue = Key.Of("lambda-queue");

    public static byte[] EventInvokes(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "event-invoke", function.Name);

    public static byte[] EventInvoke(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "event-invoke", function.Name, function.Qualifier ?? FunctionRef.Latest);

    public static byte[] AllProvisioned(string account, string region) => Key.Of("lambda", account, region, "provisioned");

    public static byte[] Provisioneds(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "provisioned", function.Name);

    public static byte[] Provisioned(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "provisioned", function.Name, function.Qualifier ?? "");

    public static byte[] Urls(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "url", function.Name);

    public static byte[] Url(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "url", function.Name, function.Qualifier ?? "");

    /// <summary>`lambda-url / id` → which function's URL it is; ids are unique over all regions.</summary>
    public static byte[] UrlById(string id) => Key.Of("lambda-url", id);

    public static byte[] AllLayers(string account, string region) => Key.Of("lambda", account, region, "layer");

    public static byte[] LayerVersions(string account, string region, string name) => Key.Of("lambda", account, region, "layer", name);

    public static byte[] Layer(string account, string region, string name, long version) => Key.From(LayerVersions(account, region, name)).Add(version).ToArray();

    /// <summary>The number given last; numbers are never given twice.</summary>
    public static byte[] LastLayer(string account, string region, string name) => Key.Of("lambda", account, region, "layer-last", name);

    public static byte[] AllMappings(string account) => Key.Of("lambda-mapping", account);

    public static byte[] Mappings(string account, string region) => Key.Of("lambda-mapping", account, region);

    public static byte[] Mapping(string account, string region, string uuid) => Key.Of("lambda-mapping", account, region, uuid);

    public static byte[] Mapping(Sources.MappingRecord mapping) => Mapping(mapping.Function.Account, mapping.Function.Region, mapping.Uuid);

    /// <summary>The sequence number of the last record that a mapping is done with.</summary>
    public static byte[] Checkpoint(string uuid) => Key.Of("lambda-checkpoint", uuid);

    /// <summary>The tumbling window that a mapping has open → <see cref="Sources.WindowRecord"/>.</summary>
    public static byte[] Window(string uuid) => Key.Of("lambda-window", uuid);

    public static byte[] Policies(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "policy", function.Name);

    public static byte[] Policy(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "policy", function.Name, function.Qualifier ?? "");
}
