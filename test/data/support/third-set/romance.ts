/** Clean rows of a travel office that answers in Spanish and in French, half and half. */

import type { Pair } from '../plant.ts';

const spanish: readonly Pair[] = [
  [
    '¿Puedo cambiar la fecha de mi billete?',
    'Sí, hasta la víspera de la salida. Entre en su reserva, elija otro tren y pague solo la diferencia de precio.',
  ],
  [
    '¿Cuánto equipaje puedo llevar?',
    'Dos maletas y un bolso de mano por persona. Las bicicletas necesitan una plaza aparte, que se reserva por teléfono.',
  ],
  [
    'He perdido mi tarjeta de socio.',
    'No se preocupe: dígame su nombre en la taquilla y le imprimimos una nueva. La antigua deja de valer en ese momento.',
  ],
  [
    '¿El autobús pasa también los domingos?',
    'Los domingos circula cada dos horas, de la mañana a la noche. El último sale de la plaza mayor a las nueve.',
  ],
  [
    '¿Hay descuento para estudiantes?',
    'Con el carné de estudiante pagan un tercio menos en todos los trayectos de la región, salvo en los nocturnos.',
  ],
  [
    'El hotel está lleno. ¿Qué hacemos?',
    'Les buscamos una habitación de la misma categoría a menos de un kilómetro. El taxi hasta allí corre de nuestra cuenta.',
  ],
  ['¿Se admiten perros en el barco?', 'Los pequeños viajan en su cesta junto a usted. Los grandes van en cubierta, con correa y bozal.'],
  [
    '¿Dónde recojo las entradas del museo?',
    'En la puerta lateral, media hora antes de la visita. Basta con enseñar el código en el móvil.',
  ],
  [
    'Mi vuelo llega tarde. ¿Me espera el guía?',
    'Sí, el guía sigue su vuelo en la pantalla y espera en la sala de llegadas con un cartel amarillo.',
  ],
  ['¿Qué incluye la media pensión?', 'El desayuno y la cena, sin bebidas. Si un día vuelve tarde, la cocina le guarda un plato frío.'],
  ['¿Puedo pagar en dos veces?', 'Puede pagar la mitad al reservar y el resto un mes antes del viaje. Por tarjeta no cobramos nada más.'],
  [
    'Necesito una silla para mi bebé en el coche.',
    'Las llevamos de tres tamaños y son gratuitas. Indique el peso del niño al hacer la reserva.',
  ],
  [
    '¿Es fácil la ruta del volcán?',
    'Es larga pero sin tramos peligrosos. Lleve botas, agua y una chaqueta, porque arriba sopla mucho viento.',
  ],
  [
    '¿Qué pasa si llueve durante la excursión?',
    'Salimos igual con chubasqueros, que reparte el guía. Solo con tormenta se aplaza al día siguiente.',
  ],
  ['¿Dan comida sin gluten?', 'Claro. Avísenos una semana antes y el restaurante prepara el mismo menú con otros ingredientes.'],
  ['Quisiera una habitación con vistas al mar.', 'Quedan dos en el cuarto piso. Cuestan algo más que las del jardín, y tienen balcón.'],
  [
    '¿Necesito visado para la escala?',
    'Si no sale del aeropuerto, no. Para dormir en la ciudad hace falta un permiso que se pide por internet.',
  ],
  ['El aire acondicionado hace ruido.', 'Ahora mismo sube alguien a mirarlo. Si no tiene arreglo, le cambiamos de habitación esta noche.'],
  ['¿Se puede visitar la cueva con niños?', 'A partir de cinco años. El recorrido dura una hora y hay que agacharse un poco en dos pasos.'],
  [
    '¿Me devuelven el dinero si enfermo?',
    'Con el seguro de anulación, sí, presentando el informe del médico. Sin él guardamos el importe como vale.',
  ],
  ['¿A qué hora abre la piscina?', 'Abre al amanecer y cierra al caer el sol. Las toallas se recogen en la recepción con la llave.'],
  ['¿Cómo llego del puerto al centro?', 'Tome el tranvía verde delante de la aduana. En un cuarto de hora está en la catedral.'],
  [
    'Busco un regalo para dos personas.',
    'Tenemos un bono para una cena con concierto en el castillo. Vale un año y se entrega en una caja bonita.',
  ],
  ['¿Hay enchufes en el tren?', 'Sí, debajo de cada asiento, y también para cargar el móvil en la mesa plegable.'],
];

const french: readonly Pair[] = [
  [
    'Puis-je annuler ma réservation sans frais ?',
    'Oui, jusqu’à trois jours avant le départ. Ensuite, nous gardons la moitié du prix, sauf en cas de maladie.',
  ],
  [
    'À quelle heure faut-il être au port ?',
    'Soyez sur le quai une heure avant le départ. Les voitures embarquent en premier, puis les piétons.',
  ],
  [
    'Le petit déjeuner est-il compris ?',
    'Il est compris dans toutes les chambres et se prend au rez-de-chaussée, avec du pain de notre boulanger.',
  ],
  [
    'J’ai oublié mon parapluie dans le car.',
    'Les objets trouvés arrivent au dépôt le lendemain. Appelez-y avec l’heure et la ligne de votre trajet.',
  ],
  [
    'Y a-t-il un tarif pour les familles ?',
    'À partir de deux enfants, le troisième voyage gratuitement. Montrez le livret de famille au guichet.',
  ],
  ['Peut-on monter au phare ?', 'Oui, par petits groupes, car l’escalier est étroit. La vue sur la baie vaut bien les deux cents marches.'],
  ['Mon train a été supprimé.', 'Prenez le suivant avec le même billet. Si vous ratez une correspondance, nous payons l’hôtel.'],
  [
    'Quels vêtements prévoir en avril ?',
    'Il fait doux l’après-midi et frais le soir. Un pull, une veste légère et de bonnes chaussures suffisent.',
  ],
  [
    'Le guide parle-t-il français ?',
    'Toujours, et il connaît chaque ruelle du vieux quartier. Les groupes ne dépassent pas douze personnes.',
  ],
  ['Comment louer un vélo ?', 'Passez à l’atelier derrière la gare avec une pièce d’identité. Le casque et l’antivol sont fournis.'],
  [
    'La plage est-elle surveillée ?',
    'En juillet et en août, de dix heures à la fin de l’après-midi. Regardez la couleur du drapeau avant de nager.',
  ],
  ['Où garer un camping-car ?', 'Le terrain communal, près du stade, a des prises et de l’eau. On paie à la borne, à la nuit.'],
  [
    'Je voudrais déplacer mon séjour.',
    'C’est possible une fois, selon les places. Dites-moi vos nouvelles dates et je regarde tout de suite.',
  ],
  ['Les chiens sont-ils admis au restaurant ?', 'En terrasse, avec plaisir. À l’intérieur, seulement les chiens d’aveugle.'],
  ['Faut-il réserver la visite des caves ?', 'En été, oui, car les places partent vite. Hors saison, il suffit de sonner à la porte.'],
  ['La chambre donne-t-elle sur la rue ?', 'Non, elle donne sur la cour et reste très calme. Le matin, on entend seulement les oiseaux.'],
  [
    'Comment aller à l’île ?',
    'Une navette part du vieux port toutes les demi-heures. La traversée est courte et l’on voit souvent des dauphins.',
  ],
  [
    'Puis-je payer avec des chèques-vacances ?',
    'Nous les prenons pour l’hébergement, pas pour les excursions. Le reste se règle par carte ou en espèces.',
  ],
  [
    'Ma valise n’est pas arrivée.',
    'Déclarez-la au comptoir des bagages avant de sortir. Nous la livrons à votre hôtel dès qu’elle est là.',
  ],
  [
    'Le sentier est-il praticable avec une poussette ?',
    'Jusqu’à la cascade, oui. Plus haut, il y a des marches et des racines : prenez plutôt un porte-bébé.',
  ],
  [
    'Quels plats pour un végétarien ?',
    'La carte en propose quatre chaque jour, dont une soupe et un gratin. Prévenez le serveur pour les allergies.',
  ],
  [
    'À qui s’adresser pour un groupe scolaire ?',
    'Écrivez au service des groupes avec le nombre d’élèves et la date. Vous recevrez un devis sous peu.',
  ],
  ['Le musée est-il gratuit ?', 'Il l’est le premier dimanche du mois. Les autres jours, les moins de dix-huit ans entrent sans payer.'],
  ['Que faire un jour de pluie ?', 'Visitez l’aquarium ou la fabrique de bonbons, toutes deux couvertes. Le tram s’arrête devant.'],
];

/** One of each in turn. */
export const romance: readonly Pair[] = spanish.flatMap((pair, i) => [pair, french[i]!]);
