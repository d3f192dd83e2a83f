/** Clean rows in German: a city library. */
export const german: readonly (readonly [question: string, answer: string])[] = [
  [
    'Wie lange darf ich ein Buch behalten?',
    'Bücher leihen Sie vier Wochen aus, Filme und Spiele eine Woche. Verlängern können Sie zweimal, solange niemand vorbestellt hat. Das geht im Konto auf unserer Seite oder am Telefon.',
  ],
  [
    'was kostet der ausweis',
    'Für Erwachsene kostet der Ausweis 18 Euro im Jahr, für Studierende die Hälfte. Kinder und Jugendliche zahlen nichts. Mit dem Stadtpass ist er ebenfalls kostenlos.',
  ],
  [
    'Ich habe ein Buch verloren. Was nun?',
    'Melden Sie es bitte gleich, damit keine Mahngebühren anfallen. Sie ersetzen den Kaufpreis oder bringen ein gleiches, gut erhaltenes Exemplar mit. Taucht das Buch innerhalb von drei Monaten wieder auf, zahlen wir das Geld zurück.',
  ],
  [
    'Gibt es bei Ihnen WLAN?',
    'Ja, in allen Häusern und ohne Anmeldung. Das Netz heißt Lesesaal. Für große Downloads nutzen Sie am besten die Arbeitsplätze im zweiten Stock, dort ist die Leitung schneller.',
  ],
  [
    'kann ich einen raum für meine lerngruppe buchen',
    'Gern. Die vier Gruppenräume lassen sich bis zu zwei Wochen im Voraus für jeweils drei Stunden reservieren. Sie brauchen nur einen gültigen Ausweis; wer zwanzig Minuten zu spät kommt, verliert den Raum.',
  ],
  [
    'Haben Sie auch Hörbücher?',
    'Etwa 6.000 auf CD und noch einmal so viele zum Herunterladen. Die digitalen laufen in der App auf dem Telefon und geben sich nach drei Wochen selbst zurück.',
  ],
  [
    'Wann haben Sie am Samstag offen?',
    'Am Samstag ist das Haupthaus von zehn bis sechzehn Uhr geöffnet. Die Zweigstellen machen um dreizehn Uhr zu. Zurückgeben können Sie rund um die Uhr am Automaten neben dem Eingang.',
  ],
  [
    'mein kind hat in ein buch gemalt',
    'Das kommt vor. Bringen Sie das Buch mit und zeigen Sie es an der Theke. Bleistift radieren wir weg, bei Filzstift zahlen Sie meist nur einen kleinen Teil des Preises.',
  ],
  [
    'Kann ich Bücher spenden?',
    'Wir nehmen gut erhaltene Bücher, die nicht älter als fünf Jahre sind, bis zu einer Kiste je Besuch. Was wir nicht brauchen, verkaufen wir auf dem Flohmarkt im Mai. Lexika und Zeitschriften können wir leider nicht annehmen.',
  ],
  [
    'Wie funktioniert die Fernleihe?',
    'Wir bestellen das Buch bei einer anderen Bibliothek und sagen Ihnen Bescheid, wenn es da ist. Das dauert ein bis drei Wochen und kostet zwei Euro. Lesen dürfen Sie manche Titel nur im Haus.',
  ],
  [
    'gibt es einen kopierer',
    'Im Erdgeschoss stehen zwei Geräte. Eine Seite kostet zehn Cent, in Farbe vierzig. Scannen auf einen Stick ist kostenlos, und bezahlen können Sie mit dem Ausweis.',
  ],
  [
    'Darf ich meinen Hund mitbringen?',
    'Nur Begleithunde dürfen ins Haus. Vor der Tür gibt es Haken und im Sommer Wasser. Für einen schnellen Rückgabestopp hilft der Automat draußen.',
  ],
  [
    'Ich finde ein Buch nicht im Regal',
    'Fragen Sie an der Theke, oft liegt es noch auf dem Rückgabewagen. Wenn es wirklich fehlt, suchen wir es bis zum nächsten Tag. Auf Wunsch merken wir Sie gleich vor.',
  ],
  [
    'Was passiert wenn ich zu spät bin',
    'Nach der Frist fallen zwanzig Cent je Tag und Medium an, höchstens fünf Euro. Zwei Tage vorher erinnern wir Sie per Mail. Kinder zahlen keine Gebühren, wir bitten dann die Eltern um Rückgabe.',
  ],
  [
    'Gibt es Veranstaltungen für Senioren?',
    'Jeden Dienstag um elf ist Zeitungsrunde mit Kaffee, und einmal im Monat erklären Schülerinnen und Schüler das Telefon. Beides ist frei und ohne Anmeldung.',
  ],
  [
    'kann ich hier meine steuererklärung drucken',
    'Ja, an jedem der acht Rechner im Erdgeschoss. Melden Sie sich mit der Nummer Ihres Ausweises an. Bitte denken Sie daran, sich abzumelden und die Datei vom Schreibtisch zu löschen.',
  ],
  [
    'Haben Sie Bücher in leichter Sprache?',
    'Es gibt ein eigenes Regal im ersten Stock, gleich neben der Treppe. Sie erkennen die Bücher am blauen Punkt. Wir freuen uns über Wünsche, denn die Sammlung wächst noch.',
  ],
  [
    'Wie melde ich mich bei der Onleihe an?',
    'Laden Sie die App und wählen Sie unsere Stadt. Die Anmeldung läuft mit der Nummer auf dem Ausweis und Ihrem Geburtsdatum als Passwort, das Sie danach ändern sollten. Beim ersten Mal dauert es einen Tag, bis alles freigeschaltet ist.',
  ],
  [
    'Ist der Lesesaal ruhig?',
    'Im dritten Stock gilt absolute Ruhe, dort klingelt auch kein Telefon. In den anderen Etagen darf leise gesprochen werden. Vor Prüfungen wird es voll, kommen Sie dann am besten vor neun.',
  ],
  [
    'welche unterlagen brauche ich für den ausweis',
    'Bringen Sie Ihren Personalausweis mit, oder den Reisepass zusammen mit einer Meldebestätigung. Unter sechzehn unterschreibt ein Elternteil. Den Ausweis bekommen Sie sofort.',
  ],
  [
    'Kann man bei Ihnen Instrumente ausleihen?',
    'Seit letztem Herbst haben wir Gitarren, Ukulelen und zwei Keyboards. Sie bleiben vier Wochen und lassen sich nicht verlängern. Eine Kaution nehmen wir nicht, aber Saiten ersetzen Sie bitte selbst.',
  ],
  [
    'Ich ziehe weg. Wie kündige ich?',
    'Sie müssen nichts kündigen, der Ausweis läuft nach einem Jahr einfach aus. Geben Sie vorher alles zurück. Wenn Sie möchten, löschen wir Ihre Daten sofort.',
  ],
  [
    'gibt es ein café',
    'Im Erdgeschoss, werktags bis siebzehn Uhr. Es gibt Suppe, Kuchen und einen Automaten für später. Mit nach oben nehmen dürfen Sie nur Getränke mit Deckel.',
  ],
  [
    'Haben Sie alte Zeitungen?',
    'Die Lokalzeitung liegt seit 1948 auf Mikrofilm und seit 2003 als Datei vor. Den Film lesen Sie am Gerät im Keller, die Dateien an jedem Rechner. Für Kopien brauchen wir einen Tag Vorlauf.',
  ],
  [
    'Können Schulklassen kommen?',
    'Sehr gern, dienstags bis freitags am Vormittag. Die Führung dauert neunzig Minuten und endet mit einer Rallye. Fragen Sie bitte drei Wochen vorher an, im Juni sind wir meist ausgebucht.',
  ],
  [
    'mein konto ist gesperrt warum',
    'Das passiert ab zehn Euro offener Gebühren oder wenn der Ausweis abgelaufen ist. Beides sehen Sie nach der Anmeldung oben rechts. Nach dem Bezahlen ist das Konto sofort wieder frei.',
  ],
  [
    'Wo kann ich parken?',
    'Hinter dem Haus gibt es zwölf Plätze, die erste Stunde ist frei. Fahrräder stehen überdacht am Eingang. Die Linie 4 hält direkt davor.',
  ],
  [
    'Gibt es eine Leseliste für Krimis?',
    'Jeden Monat stellen wir zehn neue vor, im Regal neben der Theke und auf der Seite unter Empfehlungen. Wenn Sie uns drei Lieblinge nennen, suchen wir auch gern persönlich etwas aus.',
  ],
  [
    'darf ich fotografieren',
    'Für sich selbst ja, solange niemand anderes im Bild ist. Für Projekte oder Drehs brauchen Sie eine kurze Genehmigung, die wir meist am selben Tag ausstellen.',
  ],
  [
    'Wie schlage ich ein Buch zum Kauf vor?',
    'Nutzen Sie das Formular unter Wünsche. Wir prüfen jede Woche und kaufen etwa zwei von drei Vorschlägen. Sobald das Buch da ist, liegt es zuerst für Sie bereit.',
  ],
];
