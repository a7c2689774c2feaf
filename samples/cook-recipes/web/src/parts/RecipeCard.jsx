export default function RecipeCard({ recipe, onEdit, onDelete }) {
  const { name, category, aliments, preparation, calories, duration } = recipe;
  return (
    <article className="card">
      <h2>
        {name} - (Category: {category})
      </h2>
      {aliments && <p className="aliments">{aliments}</p>}
      <p>
        <strong>Préparation:</strong> {preparation}
      </p>
      <p className="facts">
        <span>Calories: {calories}</span>
        {duration !== undefined && duration !== null && <span>Duration: {duration} min</span>}
      </p>
      {onEdit && (
        <p className="actions">
          <button type="button" onClick={onEdit} aria-label={`Edit ${name}`}>
            Edit
          </button>
          <button type="button" className="danger" onClick={onDelete} aria-label={`Delete ${name}`}>
            Delete
          </button>
        </p>
      )}
    </article>
  );
}
