using System.Text;
using System.Text.Json;

namespace Galley.Cognito;

/// <summary>The attribute and claim `identities`.</summary>
internal static class LinkedAccounts
{
    public static string Text(IReadOnlyList<LinkedAccount> accounts)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, accounts);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<LinkedAccount> accounts)
    {
        writer.WriteStartArray();
        foreach (var account in accounts)
        {
            writer.WriteStartObject();
            writer.WriteString("userId", account.UserId);
            writer.WriteString("providerName", account.ProviderName);
            writer.WriteString("providerType", account.ProviderType);
            writer.WriteNull("issuer");
            writer.WriteString("primary", account.Primary ? "true" : "false");
            writer.WriteString("dateCreated", account.DateCreated.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
