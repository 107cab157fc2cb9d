<?php
/**
 * One site of the network, as the API knows it.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_Site;

defined( 'ABSPATH' ) || exit;

/**
 * A managed site: one that the API made, and that has its external id therefore.
 */
final class Site {

	public const EXTERNAL_ID = 'bbws_external_id';
	public const STATE       = 'bbws_state';
	public const STATUS      = 'bbws_status';
	public const STARTER     = 'bbws_starter_posts';
	public const READY       = 'ready';

	/**
	 * The managed site with this id.
	 *
	 * @param int $site_id The site's id (blog id).
	 * @throws Refusal 404 when there is none.
	 */
	public static function get( int $site_id ): WP_Site {
		$site = self::managed( $site_id );
		if ( ! $site || ! self::is_ready( $site ) ) {
			throw self::not_found();
		}
		return $site;
	}

	/**
	 * The site with this id, be it ready or not, when the API has made it.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function managed( int $site_id ): ?WP_Site {
		return Database::surely(
			static function () use ( $site_id ) {
				$site = get_site( $site_id );
				return $site && get_site_meta( $site_id, self::EXTERNAL_ID, true ) ? $site : null;
			}
		);
	}

	/**
	 * The site with an external id, be it ready or still being made.
	 *
	 * @param string $external_id The API's id of the site.
	 */
	public static function with_external_id( string $external_id ): ?WP_Site {
		$found = Database::surely(
			static fn() => get_sites(
				array(
					'number'     => 1,
					'meta_key'   => self::EXTERNAL_ID, // phpcs:ignore WordPress.DB.SlowDBQuery -- blogmeta has an index on it.
					'meta_value' => $external_id, // phpcs:ignore WordPress.DB.SlowDBQuery -- one network has some fifty sites.
				)
			)
		);
		return $found[0] ?? null;
	}

	/**
	 * Whether a site's making came to its end.
	 *
	 * @param WP_Site $site The site.
	 */
	public static function is_ready( WP_Site $site ): bool {
		return self::READY === Database::surely( static fn() => get_site_meta( (int) $site->id, self::STATE, true ) );
	}

	/**
	 * The refusal for a site that does not exist.
	 */
	public static function not_found(): Refusal {
		return new Refusal( 404, 'bbws_site_not_found', 'The site does not exist.' );
	}

	/**
	 * Whether visitors of a site get the holding page.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function is_suspended( int $site_id ): bool {
		return 'suspended' === get_site_meta( $site_id, self::STATUS, true );
	}

	/**
	 * Runs `$work` with a site as the current one.
	 *
	 * @param int      $site_id The site's id.
	 * @param callable $work    What is done there.
	 * @return mixed What it returns.
	 */
	public static function at( int $site_id, callable $work ) {
		switch_to_blog( $site_id );
		try {
			return $work();
		} finally {
			restore_current_blog();
		}
	}

	/**
	 * The site as bbws/v1 shows it.
	 *
	 * @param WP_Site $site The site.
	 */
	public static function show( WP_Site $site ): array {
		$id   = (int) $site->id;
		$told = array(
			'id'               => $id,
			'externalId'       => get_site_meta( $id, self::EXTERNAL_ID, true ),
			'domain'           => $site->domain,
			'status'           => self::is_suspended( $id ) ? 'suspended' : 'active',
			'wordpressVersion' => get_bloginfo( 'version' ),
			'phpVersion'       => PHP_MAJOR_VERSION . '.' . PHP_MINOR_VERSION . '.' . PHP_RELEASE_VERSION,
		);
		return $told + self::at(
			$id,
			static fn() => array(
				'url'        => untrailingslashit( home_url() ),
				'adminUrl'   => admin_url(),
				'title'      => wp_specialchars_decode( (string) get_option( 'blogname' ), ENT_QUOTES ),
				'tagline'    => wp_specialchars_decode( (string) get_option( 'blogdescription' ), ENT_QUOTES ),
				'language'   => get_option( 'WPLANG' ) ? get_option( 'WPLANG' ) : 'en_US',
				'timezone'   => wp_timezone_string(),
				'adminEmail' => (string) get_option( 'admin_email' ),
				'theme'      => get_stylesheet(),
				'content'    => self::content(),
			)
		);
	}

	/**
	 * How many posts and pages somebody has written; what every new site begins with does not count.
	 *
	 * The current site is looked at. The database counts: a large site's posts do not fit into PHP's memory.
	 */
	private static function content(): array {
		global $wpdb;
		$starter = get_site_meta( get_current_blog_id(), self::STARTER, true );
		$where   = "post_type IN ('post', 'page') AND post_status IN ('publish', 'draft', 'pending', 'private', 'future')";
		foreach ( is_array( $starter ) ? $starter : array() as $post_id => $modified ) {
			$where .= $wpdb->prepare( ' AND NOT (ID = %d AND post_modified_gmt = %s)', $post_id, $modified );
		}
		// phpcs:ignore WordPress.DB -- the condition is prepared above; the answer has to be today's.
		$written = $wpdb->get_results( "SELECT post_type, COUNT(*) AS written FROM $wpdb->posts WHERE $where GROUP BY post_type", OBJECT_K );
		return array(
			'posts' => (int) ( $written['post']->written ?? 0 ),
			'pages' => (int) ( $written['page']->written ?? 0 ),
		);
	}

	/**
	 * Remember what the current site begins with, with when each was written.
	 */
	public static function remember_starter(): void {
		$posts = get_posts(
			array(
				'post_type'   => array( 'post', 'page' ),
				'post_status' => 'any',
				'numberposts' => -1,
			)
		);
		update_site_meta( get_current_blog_id(), self::STARTER, wp_list_pluck( $posts, 'post_modified_gmt', 'ID' ) );
	}
}
