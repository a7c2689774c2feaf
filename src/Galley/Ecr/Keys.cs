using Galley.Store;
using Galley.Wire;

namespace Galley.Ecr;

/// <summary>What is stored where: `repository` by name.</summary>
internal static class Keys
{
    public static byte[] Repositories(Call call) => Key.Of("ecr", call.Account, call.Region, "repository");

    public static byte[] Repository(Call call, string name) => Key.Of("ecr", call.Account, call.Region, "repository", name);
}
