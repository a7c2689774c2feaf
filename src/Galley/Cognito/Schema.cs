namespace Galley.Cognito;

/// <summary>The standard attributes of a pool, in AWS's order with AWS's flags, and what a pool's creator may change of them.</summary>
internal static class Schema
{
    private static readonly IReadOnlyList<SchemaAttribute> Standard =
    [
        Text("profile"), Text("address"), Text("birthdate", "10", "10"), Text("gender"), Text("preferred_username"),
        Plain("updated_at", "Number") with { NumberAttributeConstraints = new() { MinValue = "0" } },
        Text("website"), Text("picture"),
        Plain("identities", "String") with { StringAttributeConstraints = new() },
        Text("sub", "1") with { Mutable = false, Required = true },
        Text("phone_number"), Plain("phone_number_verified", "Boolean"), Text("zoneinfo"), Text("locale"), Text("email"), Plain("email_verified", "Boolean"),
        Text("given_name"), Text("family_name"), Text("middle_name"), Text("name"), Text("nickname"),
    ];

    public static bool IsStandard(string name) => Standard.Any(attribute => attribute.Name == name);

    /// <summary>The standard attributes, changed as asked, then the custom ones.</summary>
    public static IReadOnlyList<SchemaAttribute> Build(IReadOnlyList<SchemaAttribute>? asked)
    {
        asked ??= [];
        var list = Standard.Select(standard => asked.FirstOrDefault(given => given.Name == standard.Name) is { } change ? Changed(standard, change) : standard).ToList();
        return Extend(list, asked.Where(given => !IsStandard(given.Name)));
    }

    public static List<SchemaAttribute> Extend(IEnumerable<SchemaAttribute> schema, IEnumerable<SchemaAttribute> custom)
    {
        var list = schema.ToList();
        foreach (var given in custom)
        {
            if (given.Required == true) throw Errors.Parameter("Required custom attributes are not supported currently.");
            if (given.Name.Length is 0 or > 20) throw Errors.Constraint(given.Name, "customAttributes.1.member.name", "Member must have length less than or equal to 20");
            var type = given.AttributeDataType ?? "String";
            if (type is not ("String" or "Number" or "DateTime" or "Boolean")) throw Errors.Constraint(type, "schema.1.member.attributeDataType", "Member must satisfy enum value set: [Number, String, DateTime, Boolean]");
            var name = (given.DeveloperOnlyAttribute == true ? "dev:custom:" : "custom:") + given.Name;
            if (list.Any(existing => existing.Name == name)) throw Errors.Parameter($"{name}: Existing attribute already has name {name}.");
            list.Add(new SchemaAttribute
            {
                Name = name,
                AttributeDataType = type,
                DeveloperOnlyAttribute = given.DeveloperOnlyAttribute ?? false,
                Mutable = given.Mutable ?? true,
                Required = false,
                StringAttributeConstraints = type == "String" ? given.StringAttributeConstraints ?? new() : null,
                NumberAttributeConstraints = type == "Number" ? given.NumberAttributeConstraints ?? new() : null,
            });
        }

        return list;
    }

    private static SchemaAttribute Changed(SchemaAttribute standard, SchemaAttribute given)
    {
        if (given.AttributeDataType is { } type && type != standard.AttributeDataType)
            throw Errors.Parameter($"{given.Name}: Attribute data type {type} does not match the standard attribute's type {standard.AttributeDataType}.");
        return standard with
        {
            Mutable = given.Mutable ?? standard.Mutable,
            Required = given.Required ?? standard.Required,
            StringAttributeConstraints = given.StringAttributeConstraints ?? standard.StringAttributeConstraints,
            NumberAttributeConstraints = given.NumberAttributeConstraints ?? standard.NumberAttributeConstraints,
        };
    }

    private static SchemaAttribute Plain(string name, string type)
        => new() { Name = name, AttributeDataType = type, DeveloperOnlyAttribute = false, Mutable = true, Required = false };

    private static SchemaAttribute Text(string name, string min = "0", string max = "2048")
        => Plain(name, "String") with { StringAttributeConstraints = new() { MinLength = min, MaxLength = max } };
}
