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

    public static byte[] Policies(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "policy", function.Name);

    public static byte[] Policy(FunctionRef function) => Key.Of("lambda", function.Account, function.Region, "policy", function.Name, function.Qualifier ?? "");
}
