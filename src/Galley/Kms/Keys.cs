using Galley.Store;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>What is stored where: `key` by its id, its material sealed; `alias` by its name, `alias/` included.</summary>
internal static class Keys
{
    private const string Service = "kms";

    public static byte[] AllKeys(Call call) => Key.Of(Service, call.Account, call.Region, "key");

    public static byte[] OneKey(Call call, string keyId) => Key.Of(Service, call.Account, call.Region, "key", keyId);

    public static byte[] Aliases(Call call) => Key.Of(Service, call.Account, call.Region, "alias");

    public static byte[] Alias(Call call, string name) => Key.Of(Service, call.Account, call.Region, "alias", name);
}
