using System.Globalization;
using System.Text.RegularExpressions;

namespace Galley.Cognito;

/// <summary>User attributes against the pool's schema and the client's rights.</summary>
internal static partial class AttributeRules
{
    /// <summary>Names and values; throws what AWS throws.</summary>
    public static void Check(UserPool pool, IEnumerable<UserAttribute> attributes)
    {
        foreach (var given in attributes)
        {
            var schema = pool.SchemaAttributes.FirstOrDefault(known => known.Name == given.Name)
                ?? throw Errors.Schema(given.Name, "Attribute does not exist in the schema.");
            if (string.IsNullOrEmpty(given.Value)) continue;
            Check(schema, given.Value);
            if (given.Name == "email" && !Email().IsMatch(given.Value)) throw Errors.Parameter("Invalid email address format.");
            if (given.Name == "phone_number" && !Phone().IsMatch(given.Value)) throw Errors.Parameter("Invalid phone number format.");
        }
    }

    /// <summary>As <see cref="Check(UserPool, IEnumerable{UserAttribute})"/>, for a user at a client: only what the client may write.</summary>
    public static void CheckWritable(UserPool pool, UserPoolClient client, IReadOnlyList<UserAttribute> attributes, bool isNew)
    {
        foreach (var given in attributes)
        {
            var schema = pool.SchemaAttributes.FirstOrDefault(known => known.Name == given.Name);
            if (schema is null) continue;
            if (given.Name is "sub" or "email_verified" or "phone_number_verified" or "identities"
                || given.Name.StartsWith("dev:", StringComparison.Ordinal)
                || client.WriteAttributes is { Count: > 0 } writable && !writable.Contains(given.Name)
                || !isNew && schema.Mutable == false)
                throw Errors.NotAuthorized("A client attempted to write unauthorized attribute");
        }

        Check(pool, attributes);
    }

    public static void CheckAdmin(UserPool pool, IReadOnlyList<UserAttribute> attributes, bool isNew)
    {
        foreach (var given in attributes)
            if (pool.SchemaAttributes.FirstOrDefault(known => known.Name == given.Name) is { } schema && (given.Name == "sub" || !isNew && schema.Mutable == false))
                throw Errors.Parameter($"user.{given.Name}: Attribute cannot be updated.\n");
        Check(pool, attributes);
    }

    public static void CheckRequired(UserPool pool, User user)
    {
        foreach (var schema in pool.SchemaAttributes)
            if (schema.Required == true && schema.Name != "sub" && string.IsNullOrEmpty(user[schema.Name]))
                throw Errors.Schema(schema.Name, "The attribute is required");
    }

    /// <summary>Whether a client may show an attribute.</summary>
    public static bool Readable(UserPoolClient client, string attribute)
        => !attribute.StartsWith("dev:", StringComparison.Ordinal) && (attribute == "sub" || client.ReadAttributes is not { Count: > 0 } readable || readable.Contains(attribute));

    public static bool IsEmail(string text) => Email().IsMatch(text);

    public static bool IsPhone(string text) => Phone().IsMatch(text);

    private static void Check(SchemaAttribute schema, string value)
    {
        switch (schema.AttributeDataType)
        {
            case "String":
                if (Number(schema.StringAttributeConstraints?.MinLength) is { } min && value.Length < min) throw Errors.Schema(schema.Name, $"String must be no shorter than {min} characters");
                if (value.Length > (Number(schema.StringAttributeConstraints?.MaxLength) ?? 2048)) throw Errors.Schema(schema.Name, $"String must be no longer than {Number(schema.StringAttributeConstraints?.MaxLength) ?? 2048} characters");
                break;
            case "Number":
                if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) throw Errors.Schema(schema.Name, "Attribute value is not a number");
                if (Number(schema.NumberAttributeConstraints?.MinValue) is { } low && number < low) throw Errors.Schema(schema.Name, $"Number must be no less than {low}");
                if (Number(schema.NumberAttributeConstraints?.MaxValue) is { } high && number > high) throw Errors.Schema(schema.Name, $"Number must be no greater than {high}");
                break;
            case "Boolean":
                if (value is not ("true" or "false" or "True" or "False")) throw Errors.Schema(schema.Name, "Attribute value is not a boolean");
                break;
        }
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^[^\s@<>,;:""()\[\]\\]+@[^\s@<>,;:""()\[\]\\]+\.[^\s@<>,;:""()\[\]\\.]+$")]
    private static partial Regex Email();

    [GeneratedRegex(@"^\+[0-9]{1,15}$")]
    private static partial Regex Phone();
}
