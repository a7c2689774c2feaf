using Galley.Store;
using Galley.Wire;

namespace Galley.Ssm;

/// <summary>What is stored where: `parameter` by name, the latest version; `history` by name and version, all of them.</summary>
internal static class Keys
{
    private const string Service = "ssm";

    public static byte[] Parameters(Call call) => Key.Of(Service, call.Account, call.Region, "parameter");

    public static byte[] Parameter(Call call, string name) => Key.Of(Service, call.Account, call.Region, "parameter", name);

    public static byte[] History(Call call, string name) => Key.Of(Service, call.Account, call.Region, "history", name);

    public static byte[] Version(Call call, string name, long version) => Key.From(History(call, name)).Add(version).ToArray();
}
